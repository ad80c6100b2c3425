/** Values and gradients of functionals on clouds. */
import {
  ensure,
  fieldsBySummands,
  potentialGradient,
  valueBySummands,
  type EnergyTerms,
  type Functional,
  type PairSum,
  type ParticleFacet,
  type ParticleMeasure,
  type ScoreEstimator,
} from '@wasserflow/core';
import {
  equallyWeighted,
  pairSumGradient,
  pairSumValue,
  programCache,
  radialProducts,
  weightsOf,
  type RadialProducts,
} from '@wasserflow/geometry';
import { ops, valueAndGradient, type Engine, type NdArray, type Tensor } from '@wasserflow/tensor';
import { entropyOf, interactionSums, refusal, servingTerms, type Question } from './energies.js';
import { combined, weightedMean } from './fields.js';

type PointFunction = (points: Tensor) => Tensor;

export interface Evaluation {
  readonly products: RadialProducts;
  /** A pure function of points; `owner` says by its identity that it is the same again. */
  apply(owner: object, name: string, of: PointFunction, points: NdArray): Promise<NdArray>;
  value(G: Functional, mu: ParticleMeasure): Promise<number>;
  gradient(G: Functional, mu: ParticleMeasure): Promise<NdArray>;
  /** The gradient of all but the entropy. */
  smoothGradient(G: Functional, mu: ParticleMeasure): Promise<NdArray>;
  /** The gradient field of mu at other points, row i where point i of mu has gone. */
  gradientAt(G: Functional, mu: ParticleMeasure, at: NdArray): Promise<NdArray>;
  dispose(): Promise<void>;
}

/** n times the gradient by each point: that in the metric of W2, for equal weights. */
const byDifferentiation =
  (value: PointFunction): PointFunction =>
  (points) => {
    const { gradient } = valueAndGradient(({ at }: { at: Tensor }) => ({ loss: value(at) }))({ at: points });
    return ops.mul(gradient.at, points.shape[0]!);
  };

function needEqualWeights(id: string, mu: ParticleMeasure): void {
  ensure(
    equallyWeighted(mu),
    'E_UNSUPPORTED',
    `\`${id}\` is a function of equally weighted points, but these have weights; set \`count\` to a number, for draws of equal weight`,
  );
}

export function evaluation(engine: Engine, score: ScoreEstimator | undefined): Evaluation {
  const programs = programCache(engine);
  const products = radialProducts(engine);

  async function apply(owner: object, name: string, of: PointFunction, points: NdArray): Promise<NdArray> {
    const evaluate = ({ points: at }: { points: Tensor }) => ({ result: of(at) });
    return (await programs.run(owner, name, evaluate, { points })).result;
  }

  function allow(question: Question, G: Functional): void {
    const reason = refusal(question, G, score);
    const operation = question === 'elsewhere' ? 'gradientAt' : question === 'value' ? 'value' : 'gradient';
    ensure(reason === undefined, 'E_UNSUPPORTED', `\`${operation}\` of \`${G.id}\` on particles: ${reason}`);
  }

  async function sumOfPairs(sums: readonly PairSum[], mu: ParticleMeasure): Promise<number> {
    let total = 0;
    for (const sum of sums) total += await pairSumValue(products, mu, sum);
    return total;
  }

  async function termsValue(terms: EnergyTerms, mu: ParticleMeasure): Promise<number> {
    const { potential, constant } = terms;
    const V = potential && (await apply(potential, 'value', potential.value!, mu.points));
    const mixing = terms.entropy === 0 ? 0 : terms.entropy * (await score!.negativeEntropy!(mu));
    const mean = V ? weightedMean(V, weightsOf(mu)) : 0;
    return constant + mixing + mean + (await sumOfPairs(interactionSums(terms, mu), mu));
  }

  async function facetValue({ id, facets }: Functional, mu: ParticleMeasure): Promise<number> {
    const facet = facets!.particles!;
    if (facet.pairs) {
      const { sums, constant } = facet.pairs(mu);
      return constant + (await sumOfPairs(sums, mu));
    }
    if (facet.evaluate) return (await facet.evaluate(mu)).value;
    needEqualWeights(id, mu);
    return (await apply(facet, 'value', (x) => ops.reshape(facet.value!(x), [1]), mu.points)).data[0]!;
  }

  async function pairsField(sums: readonly PairSum[], mu: ParticleMeasure, at: NdArray): Promise<NdArray> {
    const fields = [];
    for (const sum of sums)
      fields.push({ weight: 1, of: { shape: at.shape, data: await pairSumGradient(products, mu, sum, at) } });
    return combined(fields, at.shape);
  }

  async function termsField(terms: EnergyTerms, mu: ParticleMeasure, at: NdArray): Promise<NdArray> {
    const { potential } = terms;
    // Schemes split G anew at each step; the potential in it stays the same object.
    const fields = potential ? [await apply(potential, 'gradient', potentialGradient(potential), at)] : [];
    fields.push(await pairsField(interactionSums(terms, mu), mu, at));
    return combined(
      fields.map((of) => ({ weight: 1, of })),
      at.shape,
    );
  }

  async function tensorField(id: string, facet: ParticleFacet, mu: ParticleMeasure): Promise<NdArray> {
    needEqualWeights(id, mu);
    return apply(facet, 'gradient', facet.gradient ?? byDifferentiation(facet.value!), mu.points);
  }

  async function summandField(question: Question, G: Functional, mu: ParticleMeasure, at: NdArray): Promise<NdArray> {
    const terms = servingTerms(question, G);
    if (terms) return termsField(terms, mu, at);
    const facet = G.facets!.particles!;
    if (facet.pairs) return pairsField(facet.pairs(mu).sums, mu, at);
    return facet.evaluate ? (await facet.evaluate(mu)).gradient : tensorField(G.id, facet, mu);
  }

  async function field(question: Question, G: Functional, mu: ParticleMeasure, at: NdArray): Promise<NdArray> {
    allow(question, G);
    return combined(await fieldsBySummands(G, (of) => summandField(question, of, mu, at)), at.shape);
  }

  return {
    products,
    apply,
    async value(G, mu) {
      allow('value', G);
      return valueBySummands(G, (of) => {
        const terms = servingTerms('value', of);
        return terms ? termsValue(terms, mu) : facetValue(of, mu);
      });
    },
    async gradient(G, mu) {
      const smooth = await field('gradient', G, mu, mu.points);
      const weight = entropyOf(G);
      if (weight === 0) return smooth;
      const terms = [
        { weight: 1, of: smooth },
        { weight, of: await score!.score(mu) },
      ];
      return combined(terms, mu.points.shape);
    },
    smoothGradient: (G, mu) => field('smooth', G, mu, mu.points),
    gradientAt: (G, mu, at) => field('elsewhere', G, mu, at),
    async dispose() {
      await Promise.all([programs.dispose(), products.dispose()]);
    },
  };
}
