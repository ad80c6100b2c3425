/** Facts of one contribution, as text. */
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import { isScored, type Facts, type Reach, type Service } from './facts.js';

type Line = readonly [name: string, text: string];

const refusal = ([operation, reason]: readonly [string, string | undefined]): string => `no ${operation}: ${reason}`;

function serviceTexts({ operations, refusals }: Service): string[] {
  const reasons = Object.entries(refusals).map(refusal);
  // One reason for all is said once.
  const distinct = new Set(Object.values(refusals));
  const said = distinct.size === 1 && operations.length === 0 ? [`no: ${[...distinct][0]}`] : reasons;
  return [...(operations.length > 0 ? [operations.join(', ')] : []), ...said];
}

const places = ['', ' (line)', ' (plane)'];

/** What is the same in the plane as on the line, or with an estimator of the score as without, is said once. */
function serviceLines(services: readonly Service[]): Line[] {
  const told = services.map((service) => ({ ...service, texts: serviceTexts(service) }));
  type Told = (typeof told)[number];
  const twin = (a: Told) =>
    told.find((b) => b.space === a.space && b.dimension !== a.dimension && isDeepStrictEqual(b.texts, a.texts));
  const plain = (a: Told) => told.find((b) => b.dimension === a.dimension && isScored(a.space, b.space));
  const news = (a: Told) => !isDeepStrictEqual(plain(a)?.texts, a.texts) && (a.dimension === 1 || !twin(a));
  return told.filter(news).flatMap((service) => {
    const name = `${service.space}${twin(service) ? '' : places[service.dimension]}`;
    return service.texts.map((text, i): Line => [i === 0 ? name : '', text]);
  });
}

const reachName = ({ functional, dimension }: Reach): string => `${functional} on${places[dimension]}`;

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
    ...(runsOn ?? []).flatMap((reach) => line(reachName(reach), reach.spaces)),
    ...serviceLines(services ?? []),
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
