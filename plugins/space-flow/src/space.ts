import { type ArrayTree, type Engine, type NdArray, type Optimizer, type Stream } from '@wasserflow/tensor';
import {
  ensure,
  type Block,
  type Distribution,
  type EventBus,
  type FlowFacet,
  type Functional,
  type Head,
  type ProxResult,
  type SolveContext,
  type Space,
} from '@wasserflow/core';
import { biasOf } from './bias.js';
import { densityObstacle, isNormalised, logDensityOf } from './density.js';
import { entropyWeight, obstacle, requireFlowFacet, valueObstacle } from './facet.js';
import { column, lossOf, lossOfStaying, type Pool } from './loss.js';
import { float32, flowMaps } from './maps.js';
import { drawInitial, ornsteinUhlenbeck, type FlowMeasure } from './measure.js';
import { convergence, failedBlock, farFromTarget } from './outcomes.js';
import { compileTraining, trainBlock, type PartialBlock, type TrainOptions, type TrainProgram } from './train.js';

export interface FlowOptions extends TrainOptions {
  /** Points of p_n that a block is trained on. */
  readonly pool: number;
  /** Time of the Ornstein-Uhlenbeck flow, in the head's coordinates, that smooths the initial law. */
  readonly diffusion: number;
  /** Points on which `value` is estimated. */
  readonly evaluation: number;
  /** Rows that one program call maps. */
  readonly chunk: number;
  /** Whether a block starts from the parameters of the one before. */
  readonly warmStart: boolean;
}

export interface FlowParts {
  readonly engine: Engine;
  readonly initial: Distribution;
  readonly block: Block;
  readonly head: Head | undefined;
  readonly optimizer: Optimizer;
  /** Hears of losses that are biased. */
  readonly events?: EventBus;
}

/**
 * Measures as push-forwards of the initial law by trained blocks: a flow-based generative model. The
 * proximal step trains a block; sampling and likelihood use the same discretised maps as training.
 * @see xu2023jkoiflow, cheng2023convergence
 */
export function flowSpace(parts: FlowParts, options: FlowOptions, random: Stream): Space<FlowMeasure, never> {
  const { engine, initial, block, head, optimizer, events } = parts;
  const { dimension } = initial;
  ensure(
    initial.sample,
    'E_UNSUPPORTED',
    `space \`flow\` needs samples of the initial law, and \`${initial.id}\` has none`,
  );
  const maps = flowMaps({ engine, block, head }, dimension, options.chunk);
  const noDensity = densityObstacle(initial, options.diffusion);
  const training = new Map<Functional, Promise<TrainProgram>>();

  /** a int p_0 log p_0, the part of G that no map changes; left out where it is unknown, as for data. */
  const initialEntropy = (G: Functional): number =>
    options.diffusion > 0 ? 0 : entropyWeight(G) * (initial.negativeEntropy ?? 0);

  const evaluationPoints = async (mu: FlowMeasure): Promise<NdArray> =>
    float32(await drawSmoothed(mu, options.evaluation, random.fork('evaluation')));

  /** a int p_n log p_n = a int p_0 log p_0 - a E log|det DT|: what the loss of the next block leaves out. */
  async function entropyOf(G: Functional, mu: FlowMeasure): Promise<number> {
    const entropy = entropyWeight(G);
    if (entropy === 0) return 0;
    const { logDet } = await maps.pushWithLogDet(mu, await evaluationPoints(mu));
    return initialEntropy(G) - (entropy * logDet.reduce((a, b) => a + b, 0)) / logDet.length;
  }

  /** At least `count` points of p_0 after its diffusion. */
  async function smoothed({ head: fitted }: FlowMeasure, points: NdArray, rng: Stream): Promise<NdArray> {
    if (options.diffusion === 0) return points;
    const headOnly = { head: fitted, blocks: [] };
    return maps.pull(headOnly, ornsteinUhlenbeck(await maps.push(headOnly, points), options.diffusion, rng));
  }

  const drawSmoothed = (mu: FlowMeasure, count: number, rng: Stream): Promise<NdArray> =>
    smoothed(mu, drawInitial(initial, count, rng.fork('points')), rng.fork('diffusion'));

  /** log p_0 at points of p_0. */
  const initialLogDensity = (points: NdArray): Promise<Float64Array> =>
    logDensityOf(engine, initial, points, options.chunk);

  /** The images of points of p_0, and log p_n there where the facet needs it. */
  async function pooled(mu: FlowMeasure, facet: FlowFacet, points: NdArray): Promise<Pool> {
    if (!facet.needsLogDensity) return { points: await maps.push(mu, points) };
    const { y, logDet } = await maps.pushWithLogDet(mu, points);
    const before = await initialLogDensity(points);
    return { points: y, logDensity: column(before.map((l, i) => l - logDet[i]!)) };
  }

  function trainingOf(G: Functional, parameters: ArrayTree): Promise<TrainProgram> {
    const known = training.get(G);
    if (known) return known;
    const facet = requireFlowFacet(G, noDensity);
    const bias = biasOf(G.id, facet, block, dimension);
    if (bias !== undefined) events?.emit('warning', { code: 'biased-loss', message: bias });
    const program = compileTraining(
      engine,
      block,
      facet,
      optimizer,
      parameters,
      options,
      dimension,
      random.fork('example'),
    );
    training.set(G, program);
    return program;
  }

  function startOf(mu: FlowMeasure, { rng, partial }: SolveContext): PartialBlock {
    if (partial !== undefined) return partial as PartialBlock;
    const parameters = (options.warmStart && mu.blocks.at(-1)) || block.init(rng.fork('init'), dimension);
    return { iteration: 0, parameters, optimizer: optimizer.init(parameters), loss: 0, moved2: 0 };
  }

  return {
    id: 'flow',
    dimension,

    async initial(rng) {
      const rows = () => initial.trainingRows?.(rng.fork('head')) ?? initial.sample!(options.pool, rng.fork('head'));
      const parameters = head?.fit(rows());
      return { head: parameters ?? null, blocks: [] };
    },

    refuses(operation, G) {
      if (operation === 'prox') return obstacle(G, noDensity);
      return operation === 'value' ? valueObstacle(G, noDensity) : undefined;
    },

    /** The loss of the whole flow, as of E V(y) - a E log|det DT| + constant, and a int p_0 log p_0; on a fixed sample. */
    async value(G, mu) {
      const facet = requireFlowFacet(G, noDensity);
      const x = await evaluationPoints(mu);
      const { y, logDet } = await maps.pushWithLogDet(mu, x);
      const logDensity = facet.needsLogDensity ? column(await initialLogDensity(x)) : [];
      return (
        (await lossOf(engine, facet, { x, y, logDet: column(logDet), logDensity }, random.fork('value'))) +
        initialEntropy(G)
      );
    },

    async prox(G, mu, gamma, context): Promise<ProxResult<FlowMeasure>> {
      const facet = requireFlowFacet(G, noDensity);
      const drawn = await drawSmoothed(mu, options.pool, context.rng.fork('pool'));
      const pool = await pooled(mu, facet, drawn);
      const staying = await lossOfStaying(engine, facet, pool, options.evaluation, random.fork('value'));
      if (facet.needsLogDensity && !Number.isFinite(staying)) return farFromTarget(mu, staying);
      const start = startOf(mu, context);
      const program = await trainingOf(G, start.parameters);
      const lesson = { block, facet, gamma, ...pool };
      const trained = await trainBlock(program, lesson, start, options, context);
      if (trained.failedAt !== undefined) return failedBlock(mu, trained.failedAt);
      return {
        measure: { ...mu, blocks: [...mu.blocks, trained.parameters] },
        ...convergence(mu, trained.loss, staying, dimension),
        // Of a target known by its score alone the loss is no value.
        ...(valueObstacle(G, noDensity) === undefined && { objective: trained.loss + (await entropyOf(G, mu)) }),
        moved2: trained.moved2,
        iterations: trained.iteration,
      };
    },

    async sample(mu, n, rng) {
      const points = initial.sample!(n, rng.fork('points'));
      return maps.push(mu, await smoothed(mu, points, rng.fork('diffusion')));
    },

    generate(mu, target, n, rng) {
      ensure(
        target.sample,
        'E_UNSUPPORTED',
        `generating data needs samples of the target, and \`${target.id}\` has none`,
      );
      return maps.pull(mu, target.sample(n, rng));
    },

    async modelLogDensity(mu, target, x) {
      ensure(
        isNormalised(target),
        'E_UNSUPPORTED',
        `likelihoods need the normalised density of the target, and \`${target.id}\` does not have it`,
      );
      const { y, logDet } = await maps.pushWithLogDet(mu, x);
      const logTarget = await logDensityOf(engine, target, y, options.chunk);
      return logDet.map((l, i) => l + logTarget[i]!);
    },
  };
}
