/** An energy cut into parts, each for a scheme of its own. */
import { energy, ensure, type EnergyTerms, type Functional } from '@wasserflow/core';

/** Parts of an energy that a scheme can be given. */
export const energyParts = {
  smooth: ['potential', 'interactions'],
  proximable: ['entropy', 'internal'],
  potential: ['potential'],
  interactions: ['interactions'],
  entropy: ['entropy'],
  internal: ['internal'],
} as const;
export type EnergyPart = keyof typeof energyParts;
type Term = (typeof energyParts)[EnergyPart][number];

const has = ({
  entropy,
  internal = [],
  potential,
  interactions = [],
}: EnergyTerms): Readonly<Record<Term, boolean>> => ({
  entropy: entropy !== 0,
  internal: internal.length > 0,
  potential: potential !== undefined,
  interactions: interactions.length > 0,
});

function partOf({ id, terms }: Functional, part: EnergyPart): Functional {
  const there = energyParts[part].filter((name) => terms![name] !== undefined);
  return energy(`${id}.${part}`, {
    entropy: 0,
    constant: 0,
    ...Object.fromEntries(there.map((name) => [name, terms![name]])),
  });
}

/** @throws WasserflowError E_UNSUPPORTED unless each term of G has exactly one of the parts. */
function checkCover(G: Functional, parts: readonly EnergyPart[]): void {
  ensure(G.terms, 'E_UNSUPPORTED', `\`splitting\` needs a functional made of terms, as \`kl\` is; \`${G.id}\` is none`);
  for (const [term, there] of Object.entries(has(G.terms))) {
    const owners = parts.filter((part) => (energyParts[part] as readonly string[]).includes(term));
    const found = owners.length === 0 ? 'no part' : `the parts ${owners.join(' and ')}`;
    ensure(
      !there || owners.length === 1,
      'E_UNSUPPORTED',
      `the ${term} of \`${G.id}\` has to be in one part; it is in ${found}`,
    );
  }
}

/** G cut into these parts; the same parts of the same G each time, as spaces keep what they compile for them. */
export function divide(parts: readonly EnergyPart[]): (G: Functional) => readonly Functional[] {
  const known = new WeakMap<Functional, readonly Functional[]>();
  return (G) => {
    const found = known.get(G);
    if (found) return found;
    checkCover(G, parts);
    const made = parts.map((part) => partOf(G, part));
    known.set(G, made);
    return made;
  };
}
