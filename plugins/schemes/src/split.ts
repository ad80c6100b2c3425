import { ensure, splitEnergy, type Functional } from '@wasserflow/core';

export interface Split {
  /** Potential and interactions. */
  readonly smooth: Functional;
  /** Entropy and internal energies. */
  readonly proximable: Functional;
  /** The weight of int rho log rho. */
  readonly entropy: number;
}

// The parts of one G are the same objects each time: spaces keep what they compile for a functional.
const known = new WeakMap<Functional, Split>();

function lack({ terms, ...G }: Functional): string {
  if (terms === undefined) return `\`${G.id}\` has no potential`;
  const { potential, interactions = [] } = terms;
  if (!potential && interactions.length === 0) return `\`${G.id}\` has no potential`;
  return `\`${G.id}\` has no entropy of positive weight`;
}

/**
 * G = smooth + proximable: potential energy and interactions, and entropy and internal energies of positive weight.
 * @throws WasserflowError E_UNSUPPORTED when G has no such split.
 */
export function requireSplit(G: Functional): Split {
  const found = known.get(G);
  if (found) return found;
  const split = splitEnergy(G);
  const { entropy = 0, internal = [] } = G.terms ?? {};
  ensure(
    split && entropy >= 0 && internal.every(({ weight }) => weight > 0),
    'E_UNSUPPORTED',
    `it needs a functional that is a potential energy plus a positive multiple of the entropy, as \`kl\` is; ${lack(G)}`,
  );
  const made = { ...split, entropy };
  known.set(G, made);
  return made;
}

/**
 * The same where noise stands for the entropy: a > 0, and no internal energies, which no noise makes.
 * @throws WasserflowError E_UNSUPPORTED when G has no such split.
 */
export function requireDiffusion(G: Functional): Split {
  const split = requireSplit(G);
  ensure(
    split.entropy > 0 && (G.terms?.internal ?? []).length === 0,
    'E_UNSUPPORTED',
    `it makes the entropy by noise, but \`${G.id}\` has an internal energy; use scheme \`forward-backward\` or \`jko\``,
  );
  return split;
}
