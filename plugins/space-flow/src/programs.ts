/** The tensor functions of the flow space, each compiled once and used for every block. */
import {
  ops,
  valueAndGradient,
  type Arrays,
  type ArrayTree,
  type Engine,
  type NdArray,
  type Optimizer,
  type Program,
  type Tensor,
  type TensorTree,
} from '@wasserflow/tensor';
import type { Block, FlowFacet, Head } from '@wasserflow/core';

/** Everything that one training step takes and gives back; `moved2` is E|T(x) - x|^2. */
export type TrainInput = {
  readonly parameters: TensorTree;
  readonly optimizer: TensorTree;
  readonly x: Tensor;
  /** Of the law of x at x, `[n]`; no leaf where it is not needed. */
  readonly logDensity: TensorTree;
  readonly gamma: Tensor;
  readonly noise: TensorTree;
  readonly drawn: TensorTree;
};
export type TrainOutput = {
  readonly parameters: TensorTree;
  readonly optimizer: TensorTree;
  readonly loss: Tensor;
  readonly moved2: Tensor;
};

const meanSquare = (v: Tensor): Tensor => ops.mean(ops.sum(ops.square(v), 1));

/**
 * One step of the JKO block loss: G(T_# p) + E|T(x) - x|^2 / (2 gamma), its gradient, and the update.
 */
export const trainStep =
  (block: Block, facet: FlowFacet, optimizer: Optimizer) =>
  ({ parameters, optimizer: state, x, logDensity, gamma, noise, drawn }: TrainInput): TrainOutput => {
    const known = facet.needsLogDensity && { logDensity: logDensity as Tensor };
    const objective = (p: TensorTree) => {
      const out = block.forward(p, x, facet.needsLogDet ? 'estimate' : 'none', noise);
      const moved2 = meanSquare(ops.sub(out.y, x));
      const loss = ops.add(facet.loss({ x, ...out, ...known }, drawn), ops.div(moved2, ops.mul(gamma, 2)));
      return { loss, aux: { moved2 } };
    };
    const { loss, aux, gradient } = valueAndGradient(objective)(parameters);
    const next = optimizer.update(gradient, state, parameters);
    return { parameters: next.parameters, optimizer: next.state, loss, moved2: aux!.moved2 };
  };

type MapInput = { parameters: TensorTree; x: Tensor };

/** Anything that maps points and knows its derivative: a block, or a head. */
export interface Mappable {
  forward(parameters: TensorTree, x: Tensor): Tensor;
  inverse(parameters: TensorTree, y: Tensor): Tensor;
  /** log|det DT(x)|, exact; or the derivative from which it is computed. */
  readonly derivative:
    | { readonly logDet: (parameters: TensorTree, x: Tensor) => Tensor }
    | { readonly tangent: (parameters: TensorTree, x: Tensor, u: Tensor) => { y: Tensor; tangent: Tensor } };
}

export const mappableBlock = (block: Block): Mappable => ({
  forward: (parameters, x) => block.forward(parameters, x, 'none').y,
  inverse: (parameters, y) => block.inverse(parameters, y),
  derivative: block.tangent
    ? { tangent: (parameters, x, u) => block.tangent!(parameters, x, u) }
    : { logDet: (parameters, x) => block.forward(parameters, x, 'estimate').logDet! },
});

export const mappableHead = (head: Head): Mappable => ({
  forward: (parameters, x) => head.forward(parameters, x).y,
  inverse: (parameters, y) => head.inverse(parameters, y),
  derivative: { logDet: (parameters, x) => head.forward(parameters, x).logDet },
});

/** Row i * n + k of the directions is the i-th unit vector, for n points: all columns of n Jacobians at once. */
function unitDirections(n: number, d: number): Tensor {
  const identity = Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => Number(i === j)));
  return ops.reshape(ops.broadcastTo(ops.expandDims(ops.tensor(identity), 1), [d, n, d]), [d * n, d]);
}

/** A map's programs, compiled at first use for `rows` points and used for every set of parameters. */
export interface MapPrograms {
  readonly rows: number;
  /** Points that `jacobian` takes: it works on d times as many rows. */
  readonly jacobianRows: number;
  forward(parameters: ArrayTree, x: NdArray): Promise<{ y: NdArray }>;
  inverse(parameters: ArrayTree, x: NdArray): Promise<{ y: NdArray }>;
  /** T(x) and log|det DT(x)|, where the map knows it. */
  readonly logDet?: (parameters: ArrayTree, x: NdArray) => Promise<{ y: NdArray; logDet: NdArray }>;
  /** T(x) and DT(x) as `[n, d, d]`, the i-th row of each being DT(x) e_i. */
  readonly jacobian?: (parameters: ArrayTree, x: NdArray) => Promise<{ y: NdArray; jacobian: NdArray }>;
}

export function mapPrograms(engine: Engine, name: string, map: Mappable, rows: number, d: number): MapPrograms {
  const lazily = <O extends TensorTree>(what: string, n: number, fn: (input: MapInput) => O) => {
    let program: Promise<Program<MapInput, O>> | undefined;
    return async (parameters: ArrayTree, x: NdArray) => {
      program ??= engine.compile(`${name}.${what}`, fn, { parameters, x: { shape: [n, d] } } as never);
      return (await program).run({ parameters, x } as never);
    };
  };
  const jacobianRows = Math.max(1, Math.ceil(rows / d));
  const { derivative } = map;
  return {
    rows,
    jacobianRows,
    forward: lazily('forward', rows, ({ parameters, x }) => ({ y: map.forward(parameters, x) })),
    inverse: lazily('inverse', rows, ({ parameters, x }) => ({ y: map.inverse(parameters, x) })),
    ...('logDet' in derivative && {
      logDet: lazily('logdet', rows, ({ parameters, x }) => ({
        y: map.forward(parameters, x),
        logDet: derivative.logDet(parameters, x),
      })),
    }),
    ...('tangent' in derivative && {
      jacobian: lazily('jacobian', jacobianRows, ({ parameters, x }) => {
        const n = x.shape[0]!;
        const { y, tangent } = derivative.tangent(parameters, ops.tile(x, [d, 1]), unitDirections(n, d));
        return {
          y: ops.slice(y, [0, 0], [n, d]),
          jacobian: ops.transpose(ops.reshape(tangent, [d, n, d]), [1, 0, 2]),
        };
      }),
    }),
  };
}

/** -log q(y) + log Z, row by row. */
export const compilePotential = (
  engine: Engine,
  V: (x: Tensor) => Tensor,
  shape: readonly number[],
): Promise<Program<{ x: Tensor }, { values: Tensor }>> =>
  engine.compile('flow.potential', ({ x }: { x: Tensor }) => ({ values: V(x) }), { x: { shape } } as never);

export type LossInput = { x: Tensor; y: Tensor; logDet: Tensor; logDensity: TensorTree; drawn: TensorTree };

/** A facet's loss on given points, for values rather than descent. */
export const compileLoss = (
  engine: Engine,
  facet: FlowFacet,
  example: Arrays<LossInput>,
): Promise<Program<LossInput, { loss: Tensor }>> =>
  engine.compile(
    'flow.value',
    ({ drawn, logDensity, ...batch }: LossInput) => ({
      loss: facet.loss({ ...batch, ...(facet.needsLogDensity && { logDensity: logDensity as Tensor }) }, drawn),
    }),
    example as never,
  );
