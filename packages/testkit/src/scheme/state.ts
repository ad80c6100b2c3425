import { decodeState, encodeState } from '@wasserflow/core';
import { isDeepStrictEqual } from 'node:util';
import type { Findings } from '../check.js';
import { statesOf, stepOf, type SchemeSubject } from './subject.js';

/** Some schemes start by another one: from here on they are themselves. */
const SETTLED = 2;

const settled = async (subject: SchemeSubject) => (await statesOf(subject, SETTLED)).at(-1)!;

/** Whether a state is plain data, and a run that goes on from what was saved of it is the same run. */
export async function plainFindings(subject: SchemeSubject): Promise<Findings> {
  const state = await settled(subject);
  const saved = decodeState(encodeState(state)) as typeof state;
  if (!isDeepStrictEqual(structuredClone(state), state)) return ['the state is not plain data'];
  if (!isDeepStrictEqual(saved, state)) return ['the state is not the same after it was saved'];
  const [next, resumed] = [await stepOf(subject, state, SETTLED + 1), await stepOf(subject, saved, SETTLED + 1)];
  return isDeepStrictEqual(next, resumed) ? [] : ['the step from the saved state is another one'];
}

/** Whether a step leaves the state that it was given as it was. */
export async function mutationFindings(subject: SchemeSubject): Promise<Findings> {
  const state = await settled(subject);
  const before = structuredClone(state);
  await stepOf(subject, state, SETTLED + 1);
  return isDeepStrictEqual(state, before) ? [] : ['a step changes the state that it is given'];
}

/** Whether a step is a function of its state and its stream, and not of what else was computed. */
export async function determinismFindings(subject: SchemeSubject): Promise<Findings> {
  const state = await settled(subject);
  const first = await stepOf(subject, state, SETTLED + 1);
  await stepOf(subject, state, SETTLED + 1, { seed: 'another run', gamma: subject.gamma / 2 });
  const again = await stepOf(subject, state, SETTLED + 1);
  return isDeepStrictEqual(again, first) ? [] : ['the same step from the same stream is another one the second time'];
}

/** Whether a step that says it is well is so, and tells numbers. */
export async function reportFindings(subject: SchemeSubject): Promise<Findings> {
  const { status, message, info, state } = await stepOf(subject, await settled(subject), SETTLED + 1);
  const odd = Object.entries(info).filter(([, value]) => !Number.isFinite(value));
  const defect = subject.space.defect?.(state.measure);
  return [
    ...(status === 'ok' ? [] : [`a step is ${status}: ${message ?? 'it does not say why'}`]),
    ...odd.map(([name, value]) => `\`info.${name}\` is ${String(value)}`),
    ...(defect === undefined ? [] : [`after a step ${defect}`]),
  ];
}
