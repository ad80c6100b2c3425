/** docs/catalogue.md: what comes with Wasserflow, from the definitions and their facts. */
import type { Kind } from '@wasserflow/core';
import type { Facts, Service } from 'wasserflow';

/** Author, year and title of the entries of a BibTeX file, by key. */
export function sourcesOf(bibliography: string): ReadonlyMap<string, string> {
  const entries = [...bibliography.matchAll(/^@\w+\{([^,]+),\n([\s\S]*?)^\}/gm)];
  return new Map(entries.map(([, key, body]) => [key!, sourceText(body!)]));
}

const field = (body: string, name: string): string =>
  (new RegExp(`^\\s*${name}\\s*=\\s*[{"](.*?)[}"],?\\s*$`, 'm').exec(body)?.[1] ?? '').replaceAll(/[{}]/g, '');

/** LaTeX accents, as combining characters. */
const accents: Readonly<Record<string, string>> = {
  "'": '\u0301',
  '`': '\u0300',
  '"': '\u0308',
  '^': '\u0302',
  '~': '\u0303',
  c: '\u0327',
  v: '\u030c',
  H: '\u030b',
};

const plain = (latex: string): string =>
  latex
    .replaceAll(/\\(?:(["'`^~])|([cvH])\s+)\\?([A-Za-z])/g, (_, a, b, letter) =>
      `${letter}${accents[a ?? b]}`.normalize('NFC'),
    )
    .replaceAll(/\\(.)/g, '$1');

function sourceText(body: string): string {
  const names = plain(field(body, 'author')).split(' and ');
  const families = names.map((name) => name.split(',')[0]!.trim());
  const who = families.length > 3 ? `${families[0]} et al.` : families.join(', ');
  return `${who} (${field(body, 'year')}), ${plain(field(body, 'title'))}`;
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(header), row(header.map(() => '---')), ...rows.map(row)].join('\n');

const code = (text: string): string => `\`${text}\``;
const cited = ({ cite }: Facts): string => cite.map((key) => (key.startsWith('http') ? key : `[${key}]`)).join(' ');

/** What a space does for a functional: `v` its value, `g` its gradient, `p` its proximal step, ... */
const letters: Readonly<Record<string, string>> = {
  value: 'v',
  gradient: 'g',
  prox: 'p',
  anchoredProx: 'a',
  kernelGradient: 'k',
  regularizedGradient: 'r',
  metropolis: 'm',
};

const served = ({ operations }: Service): string =>
  Object.entries(letters)
    .flatMap(([operation, letter]) => (operations.includes(operation as Service['operations'][number]) ? [letter] : []))
    .join(' ');

/** Spaces on the line (1) or in the plane (2), with and without an estimator of the score. */
const spacesIn = (facts: readonly Facts[], dimension: number): string[] => [
  ...new Set(facts.flatMap((f) => (f.services ?? []).flatMap((s) => (s.dimension === dimension ? [s.space] : [])))),
];

function functionalTable(facts: readonly Facts[], dimension: number): string {
  const spaces = spacesIn(facts, dimension).sort();
  const cell = (f: Facts, space: string): string => {
    const service = f.services?.find((s) => s.space === space && s.dimension === dimension);
    return service ? served(service) : '';
  };
  const rows = facts.map((f) => [code(f.id), ...spaces.map((space) => cell(f, space))]);
  return table(['functional', ...spaces.map(code)], rows);
}

const titles = (what: string, facts: readonly Facts[]): string =>
  table(
    [what, 'title', 'sources'],
    facts.map((f) => [code(f.id), f.title, cited(f)]),
  );

/** What a scheme calls an operation for: `x` for the functional itself, or the part or map, as in `prox of smooth`. */
const calledFor = (f: Facts, operation: string): string =>
  (f.needs ?? [])
    .filter((need) => need === operation || need.startsWith(`${operation} of `))
    .map((need) => (need === operation ? 'x' : need.slice(`${operation} of `.length)))
    .join(', ');

function schemeTable(facts: readonly Facts[]): string {
  const operations = [...new Set(facts.flatMap((f) => (f.needs ?? []).map((need) => need.split(' ')[0]!)))].sort();
  const rows = facts.map((f) => [code(f.id), ...operations.map((operation) => calledFor(f, operation))]);
  return table(['scheme', ...operations.map(code)], rows);
}

function schemeSpaces(facts: readonly Facts[], dimension: number): string {
  const on = (f: Facts, functional: string): string =>
    (f.runsOn ?? [])
      .filter((reach) => reach.functional === functional && reach.dimension === dimension)
      .flatMap(({ spaces }) => spaces.map(code))
      .join(', ');
  const rows = facts.map((f) => [code(f.id), on(f, 'kl'), on(f, 'mmd')]);
  return table(['scheme', '`kl` on', '`mmd` on'], rows);
}

/** Operations against spaces. */
function spaceTable(facts: readonly Facts[]): string {
  const operations = [...new Set(facts.flatMap((f) => f.operations ?? []))].sort();
  const rows = operations.map((name) => [code(name), ...facts.map((f) => (f.operations?.includes(name) ? 'x' : ''))]);
  return `${titles('space', facts)}\n\n${table(['operation', ...facts.map((f) => code(f.id))], rows)}`;
}

const plainTable = (facts: readonly Facts[]): string =>
  table(
    ['id', 'title', 'parts', 'sources'],
    facts.map((f) => [
      code(f.id),
      f.title,
      Object.entries(f.parts)
        .map((p) => p.join(': '))
        .join(', '),
      cited(f),
    ]),
  );

const headings: readonly (readonly [Kind, string])[] = [
  ['kernel', 'Kernels'],
  ['score', 'Score estimators'],
  ['controller', 'Controllers'],
  ['stop-rule', 'Stop rules'],
  ['meter', 'Meters'],
  ['distribution', 'Distributions'],
  ['block', 'Blocks'],
  ['field', 'Velocity fields'],
  ['solver', 'Solvers'],
  ['divergence', 'Divergence estimators'],
  ['head', 'Heads'],
  ['optimizer', 'Optimizers'],
  ['engine', 'Engines'],
  ['observer', 'Observers'],
];

const intro = `# Catalogue

Generated from the definitions by \`pnpm catalogue\`; \`wasserflow plugins <id>\` says more of each, and why a space does
not serve a functional.`;

const legend = `With Gaussian targets: v value, g gradient, p proximal step (JKO), a proximal step from several anchors,
k kernel gradient (SVGD), r regularised gradient, m Metropolis step. \`sum\` and \`scale\` are judged by KL. Points know
the entropy by an estimator of its score only, hence \`particles with a score\`.`;

const reached = `Where a scheme can minimise KL and MMD to a Gaussian target. What runs on \`particles\` runs there with a score too.`;

const needed = `What a scheme calls to minimise KL, or MMD where it does not take KL: x for the functional itself, else the part
of it that it is called for.`;

/** The text of docs/catalogue.md. */
export function catalogueText(facts: readonly Facts[], sources: ReadonlyMap<string, string>): string {
  const of = (kind: Kind): Facts[] => facts.filter((f) => f.kind === kind);
  const [functionals, schemes, spaces] = [of('functional'), of('scheme'), of('space')];
  const keys = [...new Set(facts.flatMap((f) => f.cite))].filter((key) => sources.has(key)).sort();
  const sections = [
    intro,
    `## Functionals and spaces\n\n${titles('functional', functionals)}\n\n${legend}`,
    `### On the line\n\n${functionalTable(functionals, 1)}`,
    `### In the plane\n\n${functionalTable(functionals, 2)}`,
    `## Schemes and spaces\n\n${titles('scheme', schemes)}\n\n${reached}`,
    `### Schemes on the line\n\n${schemeSpaces(schemes, 1)}`,
    `### Schemes in the plane\n\n${schemeSpaces(schemes, 2)}`,
    `## Schemes and operations\n\n${needed}\n\n${schemeTable(schemes)}`,
    `## Spaces and operations\n\n${spaceTable(spaces)}`,
    ...headings.map(([kind, heading]) => `## ${heading}\n\n${plainTable(of(kind))}`),
    `## Sources\n\n${keys.map((key) => `- [${key}] ${sources.get(key)}`).join('\n')}`,
  ];
  return `${sections.join('\n\n')}\n`;
}
