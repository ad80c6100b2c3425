/** Interactions W(z) = f(|z|^2), each with the facts that are proved of it. */
import { ensure, type Interaction } from '@wasserflow/core';
import { ops, type Tensor } from '@wasserflow/tensor';

/** A slope that is infinite at a point itself, which does not act on itself: zero there, f' elsewhere. */
const offZero = (slope: (s: Tensor) => Tensor) => (s: Tensor) => {
  const apart = ops.greater(s, 0);
  return ops.where(apart, slope(ops.where(apart, s, ops.onesLike(s))), ops.zerosLike(s));
};

/** W(z) = |z|^2 / 2. */
export const quadraticInteraction = (): Interaction => ({
  at: (s) => ({ value: s / 2, first: 1 / 2, second: 0 }),
  value: (s) => ops.mul(s, 1 / 2),
  slope: (s) => ops.mul(ops.onesLike(s), 1 / 2),
  quadratic: 1,
  convexity: 1,
  smoothness: 1,
});

/** W(z) = |z|^p / p, p not 0: convex for p >= 1, infinite at 0 for p < 0. */
export function powerInteraction(p: number): Interaction {
  ensure(Number.isFinite(p) && p !== 0, 'E_ARGUMENT', `\`power\` is ${p}; it is a number other than 0, e.g. 1.5`);
  if (p === 2) return quadraticInteraction();
  const slope = (s: Tensor): Tensor => ops.mul(ops.pow(s, p / 2 - 1), 1 / 2);
  return {
    at(s) {
      const value = s === 0 && p > 0 ? 0 : s ** (p / 2) / p;
      // For 2 <= p < 4 only the second derivative is infinite at zero; it multiplies z z^T = 0 there.
      return s === 0
        ? { value, first: 0, second: 0 }
        : { value, first: s ** (p / 2 - 1) / 2, second: ((p - 2) / 4) * s ** (p / 2 - 2) };
    },
    value: (s) => ops.mul(ops.pow(s, p / 2), 1 / p),
    slope: p > 2 ? slope : offZero(slope),
    ...(p < 0 && { singular: true }),
    ...(p >= 1 && { convexity: 0 }),
  };
}

/** W(z) = |z|. */
export const absoluteInteraction = (): Interaction => powerInteraction(1);

/** W(z) = log |z|. */
export const logarithmicInteraction = (): Interaction => ({
  at: (s) =>
    s === 0
      ? { value: -Infinity, first: 0, second: 0 }
      : { value: Math.log(s) / 2, first: 1 / (2 * s), second: -1 / (2 * s * s) },
  value: (s) => ops.mul(ops.log(s), 1 / 2),
  slope: offZero((s) => ops.div(1 / 2, s)),
  singular: true,
});

const positive = (name: string, value: number): number => {
  ensure(value > 0 && value < Infinity, 'E_ARGUMENT', `\`${name}\` is ${value}; it has to be above 0`);
  return value;
};

/**
 * W(z) = -exp(-|z|^2 / (2 w^2)), attractive. Hess W has the eigenvalue (1 - r^2/w^2) e^(-r^2/(2 w^2)) / w^2 along
 * z, least at r^2 = 3 w^2, and e^(-r^2/(2 w^2)) / w^2 across.
 */
export function gaussianInteraction(width: number): Interaction {
  const c = 1 / (2 * positive('width', width) ** 2);
  return {
    at(s) {
      const e = Math.exp(-c * s);
      return { value: -e, first: c * e, second: -c * c * e };
    },
    value: (s) => ops.neg(ops.exp(ops.mul(s, -c))),
    slope: (s) => ops.mul(ops.exp(ops.mul(s, -c)), c),
    convexity: (-2 * Math.exp(-3 / 2)) / width ** 2,
    smoothness: 1 / width ** 2,
  };
}

export interface MorseOptions {
  readonly attraction: number;
  readonly attractionLength: number;
  readonly repulsion: number;
  readonly repulsionLength: number;
}

/** amplitude * exp(-|z| / length) as a function of s = |z|^2. */
function exponential(amplitude: number, length: number): Interaction {
  const value = (s: Tensor): Tensor => ops.mul(ops.exp(ops.mul(ops.sqrt(s), -1 / length)), amplitude);
  return {
    at(s) {
      const r = Math.sqrt(s);
      const e = amplitude * Math.exp(-r / length);
      if (s === 0) return { value: e, first: 0, second: 0 };
      return { value: e, first: -e / (2 * length * r), second: (e * (length + r)) / (4 * length ** 2 * r ** 3) };
    },
    value,
    slope: offZero((s) => ops.mul(ops.div(value(s), ops.sqrt(s)), -1 / (2 * length))),
  };
}

/** W(z) = repulsion e^(-|z| / repulsionLength) - attraction e^(-|z| / attractionLength). */
export function morseInteraction(options: MorseOptions): Interaction {
  const near = exponential(options.repulsion, positive('repulsionLength', options.repulsionLength));
  const far = exponential(-options.attraction, positive('attractionLength', options.attractionLength));
  return {
    at(s) {
      const [a, b] = [near.at(s), far.at(s)];
      return { value: a.value + b.value, first: a.first + b.first, second: a.second + b.second };
    },
    value: (s) => ops.add(near.value(s), far.value(s)),
    slope: (s) => ops.add(near.slope(s), far.slope(s)),
  };
}
