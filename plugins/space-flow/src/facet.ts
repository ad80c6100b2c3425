import { ops, type ArrayTree, type Tensor, type TensorTree } from '@wasserflow/tensor';
import {
  ensure,
  potentialForDescent,
  summandsOf,
  type EnergyTerms,
  type FlowFacet,
  type Functional,
  type Interaction,
  type InteractionEnergy,
  type Weighted,
} from '@wasserflow/core';

const rowSquares = (x: Tensor): Tensor => ops.sum(ops.square(x), 1, true);

/** |x_i - x_j|^2 by one product, which errs by rounding of |x|^2. */
function squaredDistances(x: Tensor): Tensor {
  const squares = rowSquares(x);
  return ops.sub(ops.add(squares, ops.transpose(squares)), ops.mul(ops.matMul(x, x, false, true), 2));
}

/** |x_i - x_j|^2 coordinate by coordinate, which holds for near points as for far ones. */
const squaredDifferences = (x: Tensor): Tensor =>
  ops
    .split(x, x.shape[1]!, 1)
    .map((c) => ops.square(ops.sub(c, ops.transpose(c))))
    .reduce((a, b) => ops.add(a, b));

const identity = (n: number): Tensor =>
  ops.tensor(
    Float32Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0)),
    [n, n],
  );

/** |x_i - x_j|^2, and ones for pairs that count: of different points, where W(0) is infinite of different places. */
function pairsOf({ singular }: Interaction, x: Tensor): { s: Tensor; counts: Tensor } {
  if (!singular) return { s: squaredDistances(x), counts: ops.sub(1, identity(x.shape[0]!)) };
  const s = squaredDifferences(x);
  return { s, counts: ops.stopGradient(ops.step(s)) };
}

/** weight / 2 * the mean of W over pairs of different points: unbiased for int int W drho drho. */
function interactionLoss({ weight, interaction }: InteractionEnergy, y: Tensor): Tensor {
  const { value, slope } = interaction;
  const n = y.shape[0]!;
  const { s: squares, counts } = pairsOf(interaction, y);
  // One where nothing counts, so that nothing is infinite there.
  const s = ops.add(ops.mul(squares, counts), ops.sub(1, counts));
  const at = ops.stopGradient(ops.relu(s));
  // Differentiated through W's own slope, which is right where W has a kink too.
  const tangent = ops.mul(slope(at), s);
  const W = ops.add(tangent, ops.stopGradient(ops.sub(value(at), tangent)));
  return ops.mul(ops.sum(ops.mul(W, counts)), weight / (2 * n * (n - 1)));
}

/**
 * G(T_# p) = a int rho log rho + int V drho + interactions as a loss: mean[V(y) - a logDet] and means over pairs,
 * which differs from G by a int p log p, a constant. Internal energies int rho^m / (m - 1) = E[rho^(m - 1)] / (m - 1)
 * take the density of p.
 * @see xu2023jkoiflow
 */
function facetOfTerms(terms: EnergyTerms): FlowFacet {
  const { entropy, potential, interactions = [], constant } = terms;
  const internal = (terms.internal ?? []).filter(({ weight }) => weight !== 0);
  const V = potential && potentialForDescent(potential);
  return {
    needsLogDet: entropy !== 0 || internal.length > 0,
    ...(internal.length > 0 && { needsLogDensity: true }),
    loss({ y, logDet, logDensity }) {
      let loss = ops.scalar(constant);
      if (V) loss = ops.add(loss, ops.mean(V(y)));
      for (const term of interactions) loss = ops.add(loss, interactionLoss(term, y));
      for (const { weight, power } of internal) {
        const logs = ops.mul(ops.sub(logDensity!, logDet!), power - 1);
        loss = ops.add(loss, ops.mul(ops.mean(ops.exp(logs)), weight / (power - 1)));
      }
      return entropy === 0 ? loss : ops.sub(loss, ops.mul(ops.mean(logDet!), entropy));
    },
  };
}

/** Each summand draws from a stream of its own, and finds its numbers under its index. */
function sumOfFacets(facets: readonly Weighted<FlowFacet>[]): FlowFacet {
  const drawing = facets.flatMap(({ of }, i) => (of.draw ? [{ i, draw: of.draw }] : []));
  return {
    needsLogDet: facets.some(({ of }) => of.needsLogDet),
    needsLogDensity: facets.some(({ of }) => of.needsLogDensity),
    ...(drawing.length > 0 && {
      draw: (rng, n): ArrayTree => Object.fromEntries(drawing.map(({ i, draw }) => [i, draw(rng.fork(i), n)])),
    }),
    loss: (batch, drawn) =>
      facets
        .map(({ weight, of }, i) =>
          ops.mul(of.loss(batch, (drawn as Record<number, TensorTree> | undefined)?.[i]), weight),
        )
        .reduce((a, b) => ops.add(a, b)),
  };
}

const ownFacet = (G: Functional): FlowFacet | undefined => G.facets?.flow ?? (G.terms && facetOfTerms(G.terms));

/** What G knows on flows: its own facet, the one that follows from its terms, or the sum of those of its summands. */
export function flowFacet(G: Functional): FlowFacet | undefined {
  if (G.facets?.flow || !G.summands) return ownFacet(G);
  const summands = summandsOf(G).map(({ weight, of }) => ({ weight, of: ownFacet(of) }));
  const known = summands.filter((summand): summand is Weighted<FlowFacet> => summand.of !== undefined);
  return known.length === summands.length ? sumOfFacets(known) : undefined;
}

/** The summands that no facet of G or of their own stands for: those of which the terms are used. */
const usedTerms = (G: Functional): readonly Weighted<EnergyTerms>[] =>
  G.facets?.flow
    ? []
    : summandsOf(G).flatMap(({ weight, of }) => (of.terms && !of.facets?.flow ? [{ weight, of: of.terms }] : []));

/** a, where the loss has -a E log|det DT| in the place of the entropy. */
export const entropyWeight = (G: Functional): number =>
  usedTerms(G).reduce((sum, { weight, of }) => sum + weight * of.entropy, 0);

/**
 * Why there is no loss for G here, as the end of a sentence; undefined where there is.
 *
 * @param noDensity - why the density at the points is not known; undefined where it is
 */
export function obstacle(G: Functional, noDensity?: string): string | undefined {
  const facet = flowFacet(G);
  if (facet !== undefined) return facet.needsLogDensity ? noDensity : undefined;
  return 'it has no flow facet';
}

/** @throws WasserflowError E_UNSUPPORTED where there is no loss for G. */
export function requireFlowFacet(G: Functional, noDensity?: string): FlowFacet {
  const reason = obstacle(G, noDensity);
  ensure(reason === undefined, 'E_UNSUPPORTED', `\`${G.id}\` cannot be trained on space \`flow\`: ${reason}`);
  return flowFacet(G)!;
}

/** Why the value of G cannot be had here, as the end of a sentence; undefined where it can. */
export function valueObstacle(G: Functional, noDensity?: string): string | undefined {
  const reason = obstacle(G, noDensity);
  if (reason !== undefined) return reason;
  const blind = usedTerms(G).some(({ of: { potential } }) => potential && !potential.value);
  return blind ? 'only the score of its target is known, so G has no value' : undefined;
}
