/** Plain data with arrays in it, as a JSON text and named arrays. */
import { isNdArray, type NdArray } from '@wasserflow/tensor';

export interface EncodedState {
  readonly json: string;
  readonly arrays: ReadonlyMap<string, NdArray>;
}

const ARRAY = '$array';
const NUMBER = '$number';

/** A name of its own even where dots in names make two paths read alike. */
const unused = (arrays: ReadonlyMap<string, NdArray>, path: string): string =>
  arrays.has(path) ? unused(arrays, `${path}'`) : path;

/** Numbers keep every bit; arrays are replaced by their names. */
export function encodeState(state: unknown): EncodedState {
  const arrays = new Map<string, NdArray>();
  const encode = (node: unknown, path: string): unknown => {
    if (isNdArray(node)) {
      const name = unused(arrays, path);
      arrays.set(name, node);
      return { [ARRAY]: name };
    }
    if (typeof node === 'number' && (!Number.isFinite(node) || Object.is(node, -0)))
      return { [NUMBER]: Object.is(node, -0) ? '-0' : String(node) };
    if (Array.isArray(node)) return node.map((child, i) => encode(child, `${path}.${i}`));
    if (node === null || typeof node !== 'object') return node;
    return Object.fromEntries(
      Object.entries(node).map(([name, child]) => [name, encode(child, path ? `${path}.${name}` : name)]),
    );
  };
  return { json: JSON.stringify(encode(state, '')), arrays };
}

/** @throws Error when the JSON is broken or names an array that is not there. */
export function decodeState({ json, arrays }: EncodedState): unknown {
  return JSON.parse(json, (_, node: unknown) => {
    if (node === null || typeof node !== 'object') return node;
    if (NUMBER in node) return Number(node[NUMBER]);
    if (!(ARRAY in node)) return node;
    const found = arrays.get(node[ARRAY] as string);
    if (!found) throw new Error(`array "${String(node[ARRAY])}" is missing`);
    return found;
  });
}
