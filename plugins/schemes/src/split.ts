import { ensure, splitEnergy, type Functional } from '@wasserflow/core';

/**
 * G = smooth + proximable: the potential energy, and a int rho log rho with a > 0.
 * @throws WasserflowError E_UNSUPPORTED when G has no such split.
 */
export function requireSplit(G: Functional): { smooth: Functional; proximable: Functional; entropy: number } {
  const split = splitEnergy(G);
  const entropy = G.terms?.entropy ?? 0;
  ensure(
    split && entropy > 0,
    'E_UNSUPPORTED',
    `it needs a functional that is a potential energy plus a positive multiple of the entropy, as \`kl\` is; \`${G.id}\` ${
      G.terms?.potential === undefined ? 'has no potential' : 'has no entropy of positive weight'
    }`,
  );
  return { ...split, entropy };
}
