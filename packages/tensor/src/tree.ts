/**
 * Trees: nested records and arrays with one kind of leaf. Parameters, optimizer states and batches are
 * trees; inside a compiled function the leaves are tensors, outside they are plain arrays.
 */
import { Tensor } from './ops.js';
import { isNdArray, type NdArray } from './ndarray.js';

export type Leaf = Tensor | NdArray;
export type Tree<L> = L | readonly Tree<L>[] | { readonly [name: string]: Tree<L> };
export type TensorTree = Tree<Tensor>;
export type ArrayTree = Tree<NdArray>;

/** The same tree with other leaves: `ReplaceLeaves<{ w: Tensor }, NdArray>` is `{ w: NdArray }`. */
export type ReplaceLeaves<T, L> =
  Tree<never> extends T // a tree of any structure stays one
    ? Tree<L>
    : T extends Leaf
      ? L
      : T extends object
        ? { [K in keyof T]: ReplaceLeaves<T[K], L> }
        : T;
export type Arrays<T> = ReplaceLeaves<T, NdArray>;
export type Tensors<T> = ReplaceLeaves<T, Tensor>;

const isLeaf = (node: unknown): node is Leaf => node instanceof Tensor || isNdArray(node);

/** Calls `visit` on every leaf, depth first, names in the order in which they stand. */
function walk(node: unknown, path: string, visit: (leaf: Leaf, path: string) => void): void {
  if (isLeaf(node)) visit(node, path);
  else if (node !== null && typeof node === 'object') {
    for (const [name, child] of Object.entries(node)) walk(child, path === '' ? name : `${path}.${name}`, visit);
  } else throw new TypeError(`a tree holds tensors or arrays only; at "${path}" it has ${String(node)}`);
}

/** The leaves of a tree, depth first. */
export function leaves<L extends Leaf>(tree: Tree<L>): L[] {
  const found: L[] = [];
  walk(tree, '', (leaf) => found.push(leaf as L));
  return found;
}

/** Every leaf with its dotted path, e.g. `["layers.0.weight", leaf]`. */
export function namedLeaves<L extends Leaf>(tree: Tree<L>): [string, L][] {
  const found: [string, L][] = [];
  walk(tree, '', (leaf, path) => found.push([path, leaf as L]));
  return found;
}

/** The tree with `f` applied to each leaf. */
export function map<T, L>(tree: T, f: (leaf: Leaf, path: string) => L, path = ''): ReplaceLeaves<T, L> {
  if (isLeaf(tree)) return f(tree, path) as ReplaceLeaves<T, L>;
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  if (Array.isArray(tree)) return tree.map((child, i) => map(child, f, at(String(i)))) as ReplaceLeaves<T, L>;
  if (tree === null || typeof tree !== 'object')
    throw new TypeError(`a tree holds tensors or arrays only; at "${path}" it has ${String(tree)}`);
  const entries = Object.entries(tree).map(([name, child]) => [name, map(child, f, at(name))]);
  return Object.fromEntries(entries) as ReplaceLeaves<T, L>;
}

/** A tree shaped like `tree` with the given leaves, in depth-first order. */
export function withLeaves<T, L>(tree: T, replacement: readonly L[]): ReplaceLeaves<T, L> {
  let next = 0;
  const rebuilt = map(tree, () => replacement[next++] as L);
  if (next !== replacement.length)
    throw new RangeError(`the tree has ${next} leaves, but ${replacement.length} were given`);
  return rebuilt;
}

/** Leaf by leaf, `f` of trees that have the same structure as the first one. */
export function zipWith<T extends TensorTree>(f: (...leaves: Tensor[]) => Tensor, tree: T, ...others: T[]): T {
  const columns = [tree, ...others].map((t) => leaves(t as Tree<Tensor>));
  const count = columns[0]!.length;
  if (columns.some((c) => c.length !== count)) throw new RangeError('the trees differ in their number of leaves');
  const combined = columns[0]!.map((_, i) => f(...columns.map((c) => c[i]!)));
  return withLeaves(tree, combined) as unknown as T;
}
