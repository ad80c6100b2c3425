import { WasserflowError, type Functional, type Requirement, type SpaceOperation } from '@wasserflow/core';
import type { Findings } from '../check.js';
import { initialState, stepOf, type SchemeSubject } from './subject.js';

/** What every space has. */
const always: ReadonlySet<string> = new Set(['id', 'dimension', 'initial', 'refuses', 'defect', 'then']);

const onFunctional: readonly SpaceOperation[] = [
  'value',
  'gradient',
  'prox',
  'gradientAt',
  'mirror',
  'kernelGradient',
  'regularizedGradient',
  'metropolis',
  'anchoredProx',
];

/** An operation that was called, with the functional that it was called for. */
interface Call {
  readonly operation: SpaceOperation;
  readonly functional?: Functional;
}

/** The space with its operations written down as they are called. */
function watched(space: SchemeSubject['space'], calls: Call[]): SchemeSubject['space'] {
  return new Proxy(space, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== 'function' || typeof name !== 'string' || always.has(name)) return found;
      return (...given: unknown[]) => {
        const operation = name as SpaceOperation;
        const functional = onFunctional.includes(operation) ? { functional: given[0] as Functional } : {};
        calls.push({ operation, ...functional });
        return (found as (...args: unknown[]) => unknown).apply(target, given);
      };
    },
  });
}

const STEPS = 4;

async function callsOf(subject: SchemeSubject): Promise<Call[]> {
  const calls: Call[] = [];
  const seen = { ...subject, space: watched(subject.space, calls) };
  let state = await initialState(seen);
  for (let n = 1; n <= STEPS; n++) ({ state } = await stepOf(seen, state, n));
  return calls;
}

const covers = (G: Functional, required: Requirement, { operation, functional }: Call): boolean =>
  required.operation === operation && (functional === undefined || (required.functional ?? G) === functional);

const name = ({ operation, functional }: Call): string =>
  functional === undefined ? `\`${operation}\`` : `\`${operation}\` of \`${functional.id}\``;

/** Whether `requires` names every operation that steps call, for the functional that they call it for, and no other. */
export async function requirementFindings(subject: SchemeSubject): Promise<Findings> {
  const { scheme, functional: G } = subject;
  const required = scheme.requires(G);
  const calls = await callsOf(subject);
  const silent = calls.filter((call) => !required.some((r) => covers(G, r, call))).map(name);
  const idle = required.filter((r) => !calls.some((call) => call.operation === r.operation));
  return [
    ...[...new Set(silent)].map((call) => `it calls ${call}, which \`requires\` does not name`),
    ...idle.map(({ operation }) => `\`requires\` names \`${operation}\`, which ${STEPS} steps never call`),
  ];
}

/** Whether a functional of which nothing is known is refused in a sentence, or everything that would be needed named. */
export function refusalFindings({ scheme }: SchemeSubject): Findings {
  try {
    return scheme.requires({ id: 'nothing' }).length > 0 ? [] : ['it requires nothing of a functional of no facets'];
  } catch (error) {
    if (error instanceof WasserflowError && error.code === 'E_UNSUPPORTED') return [];
    return [`a functional of no facets makes \`requires\` throw ${String(error)}`];
  }
}

/** Whether the step sizes that it gives for G are sizes. */
export function boundFindings({ scheme, functional }: SchemeSubject): Findings {
  const { limit, advised } = scheme.bounds?.(functional) ?? {};
  const sizes = Object.entries({ limit: limit?.size, advised }).filter(([, size]) => size !== undefined);
  const odd = sizes.filter(([, size]) => !(size! > 0 && size! < Infinity));
  const beyond = limit !== undefined && advised !== undefined && advised > limit.size;
  return [
    ...odd.map(([which, size]) => `its ${which} step size is ${size}`),
    ...(beyond ? [`it advises ${advised}, beyond its own limit ${limit.size}`] : []),
  ];
}
