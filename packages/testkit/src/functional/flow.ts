/** A functional as a training loss, against its gradient. */
import type { FlowFacet, Functional } from '@wasserflow/core';
import { ndarray, ops, scalarArray, type Engine, type NdArray, type Tensor, type TensorTree } from '@wasserflow/tensor';
import { inTurn, same, type Findings } from '../check.js';
import { constantField, identity, linearField, randomDirection } from '../space/probes.js';
import type { Subject } from '../space/subject.js';

/** v(x) = stretch x + shift. */
interface Move {
  readonly name: string;
  readonly stretch: number;
  readonly shift: readonly number[];
}

type Inputs = { x: Tensor; logDensity: TensorTree; t: Tensor; drawn: TensorTree };

/** The loss of T(x) = x + t v(x), with log|det DT| = d log(1 + t stretch). */
const lossAlong =
  (facet: FlowFacet, { stretch, shift }: Move) =>
  ({ x, logDensity, t, drawn }: Inputs): { loss: Tensor } => {
    const factor = ops.add(1, ops.mul(t, stretch));
    const y = ops.add(ops.mul(x, factor), ops.mul(ops.tensor([...shift]), t));
    const logDet = ops.add(ops.zeros([x.shape[0]!]), ops.mul(ops.log(factor), x.shape[1]!));
    const known = {
      ...(facet.needsLogDet && { logDet }),
      ...(facet.needsLogDensity && { logDensity: logDensity as Tensor }),
    };
    return { loss: facet.loss({ x, y, ...known }, drawn) };
  };

const [BATCHES, POINTS, H] = [24, 100, 0.05];

/** d/dt of the loss at t = 0 by central differences, for batches of their own draws. */
async function slopesAlong(subject: Subject, engine: Engine, facet: FlowFacet, move: Move): Promise<number[]> {
  const { space, measure, rng } = subject;
  const batch = async (k: number) => {
    const { data, shape }: NdArray = await space.sample(measure, POINTS, rng.fork('x', k));
    const x = ndarray(Float32Array.from(data), shape);
    const logDensity = facet.needsLogDensity ? ndarray(await space.logDensity(measure, x), [POINTS]) : [];
    return { x, logDensity, t: scalarArray(0), drawn: facet.draw?.(rng.fork('drawn', k), POINTS) ?? [] };
  };
  const program = await engine.compile('loss', lossAlong(facet, move), (await batch(0)) as never);
  const slopes: number[] = [];
  for (let k = 0; k < BATCHES; k++) {
    const inputs = await batch(k);
    const at = async (t: number): Promise<number> =>
      (await program.run({ ...inputs, t: scalarArray(t) } as never)).loss.data[0]!;
    slopes.push(((await at(H)) - (await at(-H))) / (2 * H));
  }
  program.dispose();
  return slopes;
}

/** Mean and standard error. */
function estimate(values: readonly number[]): { mean: number; error: number } {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length) };
}

async function moveFindings(subject: Subject, engine: Engine, facet: FlowFacet, move: Move): Promise<Findings> {
  const { space, measure: mu, functional: G } = subject;
  const linear: unknown = await linearField(subject, mu, identity(space.dimension, move.stretch));
  const constant: unknown = await constantField(subject, mu, move.shift);
  const gradient: unknown = await space.gradient(G, mu);
  const expected = (await space.inner(mu, gradient, linear)) + (await space.inner(mu, gradient, constant));
  const { mean, error } = estimate(await slopesAlong(subject, engine, facet, move));
  // Five standard errors; H^2 and terms of order 1 / POINTS beside them.
  const scale = Math.max(Math.abs(expected), Math.sqrt(await space.inner(mu, gradient, gradient)));
  return same(`the slope of the flow loss of \`${G.id}\` along ${move.name}`, mean, expected, 5 * error + 0.03 * scale);
}

/**
 * Whether the loss of the functional's facet `flow` goes up and down with G: its mean slope over batches, along a
 * dilation and a translation of their points, is <grad G, v>; log|det DT| counts with its sign.
 */
export async function flowLossFindings(subject: Subject, engine: Engine): Promise<Findings> {
  const { space, functional, rng } = subject;
  const facet = functional.facets?.flow;
  if (!facet) return [];
  const d = space.dimension;
  const moves: readonly Move[] = [
    { name: 'a dilation', stretch: 1, shift: Array.from({ length: d }, () => 0) },
    { name: 'a translation', stretch: 0, shift: randomDirection(rng.fork('shift'), d) },
  ];
  return inTurn(moves, (move) => moveFindings(subject, engine, facet, move));
}

/** The functional and its summands that have a facet `flow`. */
export const flowing = (G: Functional): Functional[] => [
  ...(G.facets?.flow ? [G] : []),
  ...(G.summands ?? []).flatMap(({ of }) => flowing(of)),
];
