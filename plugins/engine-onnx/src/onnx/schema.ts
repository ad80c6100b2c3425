/** The part of the ONNX file format that is written here (field numbers of onnx.proto). */
import protobuf from 'protobufjs';

type FieldTable = Record<string, readonly [id: number, type: string, rule?: 'repeated']>;

const message = (fields: FieldTable): protobuf.IType => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [id, type, rule]]) => [name, { id, type, ...(rule && { rule }) }]),
  ),
});

const root = protobuf.Root.fromJSON({
  nested: {
    Model: message({
      irVersion: [1, 'int64'],
      producerName: [2, 'string'],
      graph: [7, 'Graph'],
      opsetImport: [8, 'OperatorSet', 'repeated'],
    }),
    OperatorSet: message({ domain: [1, 'string'], version: [2, 'int64'] }),
    Graph: message({
      node: [1, 'Node', 'repeated'],
      name: [2, 'string'],
      initializer: [5, 'Tensor', 'repeated'],
      input: [11, 'ValueInfo', 'repeated'],
      output: [12, 'ValueInfo', 'repeated'],
    }),
    Node: message({
      input: [1, 'string', 'repeated'],
      output: [2, 'string', 'repeated'],
      name: [3, 'string'],
      opType: [4, 'string'],
      attribute: [5, 'Attribute', 'repeated'],
      domain: [7, 'string'],
    }),
    Attribute: message({
      name: [1, 'string'],
      f: [2, 'float'],
      i: [3, 'int64'],
      s: [4, 'bytes'],
      floats: [7, 'float', 'repeated'],
      ints: [8, 'int64', 'repeated'],
      type: [20, 'int32'],
    }),
    Tensor: message({
      dims: [1, 'int64', 'repeated'],
      dataType: [2, 'int32'],
      name: [8, 'string'],
      rawData: [9, 'bytes'],
    }),
    ValueInfo: message({ name: [1, 'string'], type: [2, 'ValueType'] }),
    ValueType: message({ tensorType: [1, 'TensorType'] }),
    TensorType: message({ elemType: [1, 'int32'], shape: [2, 'TensorShape'] }),
    TensorShape: message({ dim: [1, 'Dimension', 'repeated'] }),
    Dimension: message({ dimValue: [1, 'int64'] }),
  },
});

/** The message type of a whole model. */
export const Model = root.lookupType('Model');

/** Numbers of element types and attribute types in the format. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
export const attributeTypes = { f: 1, i: 2, s: 3, floats: 6, ints: 7 } as const;
