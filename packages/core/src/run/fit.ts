/** Whether what a config names fits together; nothing is computed for it. */
import type { Distribution } from '../domain/distribution.js';
import type { Functional } from '../domain/functional.js';
import type { Meter } from '../domain/meter.js';
import { refusalOf } from '../domain/refusal.js';
import type { Requirement, Scheme } from '../domain/scheme.js';
import type { Space } from '../domain/space.js';
import { WasserflowError, ensure } from '../errors.js';
import type { Catalogue } from '../plugin/catalogue.js';
import { createScope } from '../plugin/container.js';
import { plan as planOf } from '../plugin/plan.js';
import type { RunPlan } from './config.js';

/** Why a space cannot serve a requirement; undefined where it can. */
function unmet(space: Space, G: Functional, { operation, functional = G }: Requirement): string | undefined {
  if (space[operation] === undefined) return `space \`${space.id}\` has no operation \`${operation}\``;
  const reason = refusalOf(space, operation, functional);
  return reason && `\`${operation}\` of \`${functional.id}\` on space \`${space.id}\`: ${reason}`;
}

/** What is checked before the space's gaps are hidden behind errors. */
export interface Parts {
  readonly space: Space;
  readonly functional: Functional;
}

/** The first reason why `scheme` cannot run; undefined where it can. */
function obstacle(scheme: Scheme, { space, functional }: Parts): string | undefined {
  try {
    return scheme
      .requires(functional)
      .map((r) => unmet(space, functional, r))
      .find((reason) => reason !== undefined);
  } catch (error) {
    if (error instanceof WasserflowError) return error.message;
    throw error;
  }
}

/** Schemes that, with their default options, would serve this problem. */
async function alternatives(catalogue: Catalogue, parts: Parts): Promise<string[]> {
  const found: string[] = [];
  for (const { definition } of catalogue.list().filter((e) => e.definition.kind === 'scheme')) {
    const scope = createScope();
    try {
      const scheme = await scope.create(planOf(catalogue, 'scheme', definition.id, 'scheme'));
      if (obstacle(scheme, parts) === undefined) found.push(definition.id);
    } catch (error) {
      // A scheme that needs options of its own is no alternative to suggest.
      if (!(error instanceof WasserflowError)) throw error;
    }
  }
  return found;
}

/** @throws WasserflowError E_UNSUPPORTED where the scheme cannot run, with those that can. */
export async function checkScheme(catalogue: Catalogue, id: string, scheme: Scheme, parts: Parts): Promise<void> {
  const reason = obstacle(scheme, parts);
  if (reason === undefined) return;
  const others = await alternatives(catalogue, parts);
  const advice = others.length > 0 ? `schemes that can: ${others.join(', ')}` : 'no registered scheme can';
  throw new WasserflowError('E_UNSUPPORTED', `\`${id}\` cannot run here: ${reason}; ${advice}`, { path: 'scheme' });
}

/** Why a meter cannot measure here; undefined where it can. */
function meterObstacle(meter: Meter, { space, functional }: Parts, initial: Distribution): string | undefined {
  const requirements = meter.requires?.({ functional, space, initial }) ?? [];
  return requirements.map((r) => unmet(space, functional, r)).find((reason) => reason !== undefined);
}

/** The meters that can measure here: all that the config names, or it is refused; of the default, those that can. */
export function usableMeters(meters: readonly Meter[], run: RunPlan, parts: Parts, initial: Distribution): Meter[] {
  return meters.filter((meter, i) => {
    const reason = meterObstacle(meter, parts, initial);
    if (reason === undefined) return true;
    const message = `meter \`${meter.id}\` cannot measure here: ${reason}`;
    ensure(!run.metersGiven, 'E_UNSUPPORTED', message, `meters.${i}`);
    return false;
  });
}

/** The first of these that the space cannot serve is an error at `path`. */
export function checkRequired(
  what: string,
  { space, functional }: Parts,
  needs: readonly Requirement[],
  path: string,
): void {
  const reason = needs.map((r) => unmet(space, functional, r)).find((found) => found !== undefined);
  ensure(reason === undefined, 'E_UNSUPPORTED', `${what} cannot be used here: ${reason}`, path);
}

/** Errors of `act` get a path. */
export const at = <T>(path: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    if (error instanceof WasserflowError && error.path === undefined)
      throw new WasserflowError(error.code, error.message, { path, cause: error });
    throw error;
  }
};

/** A law and a functional live on the same space. */
export function checkDimensions(initial: Distribution, G: Functional): void {
  const dimension = G.terms?.potential?.dimension ?? G.target?.dimension;
  ensure(
    dimension === undefined || dimension === initial.dimension,
    'E_CONFIG',
    `\`${G.id}\` lives on R^${dimension}, but the initial law \`${initial.id}\` on R^${initial.dimension}`,
    'problem',
  );
}
