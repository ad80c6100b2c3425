import { ensure, type Functional, type Potential } from '@wasserflow/core';

/** G = int V + a int rho log rho + constant, a > 0: what has e^(-V/a) as its minimiser. */
export interface Diffusion {
  readonly potential: Potential;
  readonly entropy: number;
}

/** Why G is no such sum, as the end of a sentence; undefined where it is. */
export function diffusionRefusal({ terms, summands }: Functional): string | undefined {
  if (!terms || summands) return 'it is not a potential energy with entropy';
  if (!(terms.entropy > 0) || !terms.potential)
    return 'it needs a potential and an entropy of positive weight; use `kl`';
  return terms.internal?.length || terms.interactions?.length
    ? 'it has more terms than a potential and an entropy, so that its minimiser has no density e^(-V)'
    : undefined;
}

/** @throws WasserflowError E_UNSUPPORTED where G is no such sum */
export function diffusionOf(operation: string, G: Functional): Diffusion {
  const reason = diffusionRefusal(G);
  ensure(reason === undefined, 'E_UNSUPPORTED', `\`${operation}\` of \`${G.id}\` on particles: ${reason}`);
  return { potential: G.terms!.potential!, entropy: G.terms!.entropy };
}
