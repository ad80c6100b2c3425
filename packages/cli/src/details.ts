/** Facts of one contribution, as text. */
import { stringify } from 'yaml';
import type { Facts, Service } from './facts.js';

type Line = readonly [name: string, text: string];

const refusal = ([operation, reason]: readonly [string, string | undefined]): string => `no ${operation}: ${reason}`;

function serviceLines({ space, operations, refusals }: Service): Line[] {
  const reasons = Object.entries(refusals).map(refusal);
  // One reason for all is said once.
  const distinct = new Set(Object.values(refusals));
  const said = distinct.size === 1 && operations.length === 0 ? [`no: ${[...distinct][0]}`] : reasons;
  const first = operations.length > 0 ? [operations.join(', ')] : [];
  return [...first, ...said].map((text, i) => [i === 0 ? space : '', text]);
}

/** As a config has it. */
const inYaml = (id: string, example: object): string =>
  stringify({ id, ...example }, { collectionStyle: 'flow', lineWidth: 0 }).trim();

function linesOf({ id, plugin, parts, example, cite, services, operations, needs, runsOn }: Facts): Line[] {
  const line = (name: string, items: readonly string[] | undefined): Line[] =>
    items && items.length > 0 ? [[name, items.join(', ')]] : [];
  return [
    ['plugin', plugin],
    ...line(
      'parts',
      Object.entries(parts).map(([name, kind]) => `${name} (${kind})`),
    ),
    ...line('example', example && [inYaml(id, example)]),
    ...line('operations', operations),
    ...line('needs', needs),
    ...Object.entries(runsOn ?? {}).flatMap(([functional, spaces]) => line(`${functional} on`, spaces)),
    ...(services ?? []).flatMap(serviceLines),
    ...line('sources', cite),
  ];
}

/** Its title, then a line for each fact. */
export function detailsText(facts: Facts): string {
  const lines = linesOf(facts);
  const width = Math.max(...lines.map(([name]) => name.length));
  const rows = lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`.trimEnd());
  return [`${facts.kind} ${facts.id}: ${facts.title}`, ...rows, ''].map((row) => `${row}\n`).join('');
}
