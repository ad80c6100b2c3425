/** What a scheme approximates: the gradient flow of G, to the order that it declares. */
import { stream } from '@wasserflow/tensor';
import { atMost, show, type Findings } from '../check.js';
import { initialState, problemOf, statesOf, stepOf, type SchemeSubject } from './subject.js';

/** W2 between one step and forward Euler's, relative to the way of that: O(gamma) for a gradient flow. */
async function deviation(subject: SchemeSubject, gamma: number): Promise<number> {
  const { space, functional } = problemOf(subject);
  const state = await initialState(subject);
  const gradient: unknown = await space.gradient(functional, state.measure);
  const euler: unknown = await space.push(state.measure, gradient, -gamma);
  const stepped = (await stepOf(subject, state, 1, { gamma })).state.measure;
  const way = Math.sqrt(await space.distance2(state.measure, euler));
  return Math.sqrt(await space.distance2(stepped, euler)) / way;
}

/** Whether (p_1 - p_0) / gamma -> -grad G as gamma -> 0. */
export async function flowFindings(subject: SchemeSubject): Promise<Findings> {
  const [coarse, fine] = [await deviation(subject, subject.gamma / 16), await deviation(subject, subject.gamma / 32)];
  const rounding = Math.sqrt(subject.tolerance) * 0.1;
  return [
    ...atMost('the deviation of a small step from the gradient flow, as a share of it,', fine, 0.1),
    ...atMost('what is left of that deviation after halving the step', fine, 0.6 * coarse + rounding),
  ];
}

const STEPS = 8;

/** Measures at time STEPS gamma by steps of gamma, gamma / 2 and gamma / 4. */
async function refinements(subject: SchemeSubject): Promise<unknown[]> {
  const ends: unknown[] = [];
  for (const k of [1, 2, 4]) ends.push((await statesOf(subject, STEPS * k, subject.gamma / k)).at(-1)!.measure);
  return ends;
}

/** log2 of the ratio of W2 between successive refinements at one time: the order in the step size. */
export async function observedOrder(subject: SchemeSubject): Promise<number> {
  const [coarse, middle, fine] = await refinements(subject);
  const { space } = problemOf(subject);
  return Math.log2((await space.distance2(coarse, middle)) / (await space.distance2(middle, fine))) / 2;
}

/** Whether halving the step at a fixed time divides the error by 2^order, order as declared (one by default). */
export async function orderFindings(subject: SchemeSubject): Promise<Findings> {
  const declared = subject.scheme.order ?? 1;
  const order = await observedOrder(subject);
  return order > declared - 0.25 ? [] : [`it declares order ${declared}, but ${show(order)} is observed`];
}

/** Whether a step from the minimiser stays there: no bias. */
export async function biasFindings(subject: SchemeSubject): Promise<Findings> {
  const { scheme, functional, tolerance } = subject;
  if (!functional.target) return [`\`${functional.id}\` has no target to stand still at`];
  const problem = problemOf(subject);
  const q: unknown = await problem.space.represent(functional.target, stream('target'));
  const { state } = await stepOf(subject, scheme.init(q, problem), 1);
  const moved = Math.sqrt(await problem.space.distance2(q, state.measure));
  return atMost('the way of a step from the minimiser', moved, Math.sqrt(tolerance));
}
