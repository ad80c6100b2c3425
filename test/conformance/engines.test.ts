import { onnxEngine } from '@wasserflow/engine-onnx';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { describeEngine } from '@wasserflow/testkit';

const reference = () => tfjsEngine('cpu');

describeEngine('tfjs, cpu', reference);
describeEngine('tfjs, wasm', () => tfjsEngine('wasm'), { reference });
describeEngine('onnx, one thread', async () => onnxEngine({ threads: 1 }), { reference });
describeEngine('onnx, two threads', async () => onnxEngine({ threads: 2 }), { reference });
