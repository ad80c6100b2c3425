/** The tensor functions of the flow space, each compiled once and used for every block. */
import {
  ops,
  valueAndGradient,
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
  ({ parameters, optimizer: state, x, gamma, noise, drawn }: TrainInput): TrainOutput => {
    const objective = (p: TensorTree) => {
      const out = block.forward(p, x, facet.needsLogDet ? 'estimate' : 'none', noise);
      const moved2 = meanSquare(ops.sub(out.y, x));
      const loss = ops.add(facet.loss({ x, ...out }, drawn), ops.div(moved2, ops.mul(gamma, 2)));
      return { loss, aux: { moved2 } };
    };
    const { loss, aux, gradient } = valueAndGradient(objective)(parameters);
    const next = optimizer.update(gradient, state, parameters);
    return { parameters: next.parameters, optimizer: next.state, loss, moved2: aux!.moved2 };
  };

type Mapping = Program<{ parameters: TensorTree; x: Tensor }, { y: Tensor }>;
type MappingWithLogDet = Program<{ parameters: TensorTree; x: Tensor }, { y: Tensor; logDet: Tensor }>;

/** A map of points, compiled for one chunk size. */
export interface MapPrograms {
  readonly forward: Mapping;
  readonly forwardWithLogDet: MappingWithLogDet;
  readonly inverse: Mapping;
}

interface Mappable {
  forward(parameters: TensorTree, x: Tensor, logDet: 'none' | 'exact'): { y: Tensor; logDet?: Tensor };
  inverse(parameters: TensorTree, y: Tensor): Tensor;
}

async function compileMap(
  engine: Engine,
  name: string,
  map: Mappable,
  parameters: ArrayTree,
  shape: readonly number[],
): Promise<MapPrograms> {
  const example = { parameters, x: { shape } } as never;
  type Input = { parameters: TensorTree; x: Tensor };
  return {
    forward: await engine.compile(
      `${name}.forward`,
      ({ parameters, x }: Input) => ({ y: map.forward(parameters, x, 'none').y }),
      example,
    ),
    forwardWithLogDet: await engine.compile(
      `${name}.forward-with-logdet`,
      ({ parameters, x }: Input) => {
        const { y, logDet } = map.forward(parameters, x, 'exact');
        return { y, logDet: logDet! };
      },
      example,
    ),
    inverse: await engine.compile(
      `${name}.inverse`,
      ({ parameters, x }: Input) => ({ y: map.inverse(parameters, x) }),
      example,
    ),
  };
}

export const compileBlock = (engine: Engine, block: Block, parameters: ArrayTree, shape: readonly number[]) =>
  compileMap(engine, 'flow.block', block, parameters, shape);

export const compileHead = (engine: Engine, head: Head, parameters: ArrayTree, shape: readonly number[]) =>
  compileMap(engine, 'flow.head', head, parameters, shape);

/** -log q(y) + log Z, row by row. */
export const compilePotential = (
  engine: Engine,
  V: (x: Tensor) => Tensor,
  shape: readonly number[],
): Promise<Program<{ x: Tensor }, { values: Tensor }>> =>
  engine.compile('flow.potential', ({ x }: { x: Tensor }) => ({ values: V(x) }), { x: { shape } } as never);

/** A facet's loss on given points, for values rather than descent. */
export const compileLoss = (
  engine: Engine,
  facet: FlowFacet,
  example: { x: NdArray; y: NdArray; logDet: NdArray; drawn: ArrayTree },
): Promise<Program<{ x: Tensor; y: Tensor; logDet: Tensor; drawn: TensorTree }, { loss: Tensor }>> =>
  engine.compile(
    'flow.value',
    ({ drawn, ...batch }: { x: Tensor; y: Tensor; logDet: Tensor; drawn: TensorTree }) => ({
      loss: facet.loss(batch, drawn),
    }),
    example as never,
  );
