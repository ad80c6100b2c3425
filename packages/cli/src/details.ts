/** Facts of one contribution, as text. */
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

function linesOf({ plugin, parts, cite, services, operations, needs, runsOn }: Facts): Line[] {
  const line = (name: string, items: readonly string[] | undefined): Line[] =>
    items && items.length > 0 ? [[name, items.join(', ')]] : [];
  return [
    ['plugin', plugin],
    ...line(
      'parts',
      Object.entries(parts).map(([name, kind]) => `${name} (${kind})`),
    ),
    ...line('operations', operations),
    ...line('needs', needs),
    ...Object.entries(runsOn ?? {}).flatMap(([id, spaces]) => line(`${id} on`, spaces)),
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
