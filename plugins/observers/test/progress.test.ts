import { describe, expect, it } from 'vitest';
import { begin, finishStep, iterate, position, rate, timeLeft } from '../src/progress.js';
import { barText, duration, shortNumber, startText, stepText } from '../src/text.js';

const start = { name: 'ou', steps: 4, resumedAt: 0 };
const inner = (iteration: number) => ({ step: 1, iteration, iterations: 10, loss: 0.123456 });
const ended = (step: number) => ({ step, gamma: 0.4, status: 'ok' as const, info: {}, metrics: { value: 1 / 3 } });

describe('progress', () => {
  it('knows neither rate nor time left before anything is done', () => {
    const progress = begin(start, 100);
    expect([rate(progress), timeLeft(progress)]).toEqual([undefined, undefined]);
    expect(barText(progress)).toBe('step 1/4');
  });

  it('measures from the first iteration heard of: 4 of 10 in 2 s, with 35 to go', () => {
    const first = iterate(begin(start, 100), inner(1), 107);
    expect(barText(first)).toBe('step 1/4  it 1/10  loss 0.1235');
    const progress = [3, 5].reduce((p, i) => iterate(p, inner(i), 109), first);
    expect(position(progress)).toBe(0.5);
    expect(rate(progress)).toEqual({ perSecond: 2, unit: 'it' });
    // 0.4 steps take 2 s, so 3.5 steps take 17.5 s; 3.5 / 0.4 is not exact in binary.
    expect(timeLeft(progress)).toBeCloseTo(17.5, 12);
    expect(barText(progress)).toBe('step 1/4  it 5/10  loss 0.1235  2 it/s  0:18 left');
  });

  it('goes on counting from one step to the next', () => {
    const first = [1, 10].reduce((p, i) => iterate(p, inner(i), 101), begin(start, 100));
    const second = iterate(finishStep(first, ended(1), 102), inner(2), 104);
    expect(position(second)).toBe(1.2);
    expect(second.iterations).toBe(9 + 2);
  });

  it('measures a resumed run by what it did itself', () => {
    const progress = finishStep(begin({ ...start, resumedAt: 2 }, 10), ended(3), 15);
    expect(rate(progress)).toEqual({ perSecond: 0.2, unit: 'step' });
    expect(timeLeft(progress)).toBe(5);
  });

  it('does not count what a solve had done before the run went on', () => {
    const progress = iterate(iterate(begin(start, 0), inner(8), 1), inner(9), 2);
    expect(rate(progress)).toEqual({ perSecond: 1, unit: 'it' });
    // 31 of 40 iterations are left, one a second.
    expect(timeLeft(progress)).toBeCloseTo(31, 12);
  });
});

describe('text', () => {
  it('says how a run begins', () => {
    expect(startText(start)).toBe('ou: 4 steps');
    expect(startText({ ...start, steps: 1 })).toBe('ou: 1 step');
    expect(startText({ ...start, resumedAt: 2 })).toBe('ou: goes on after step 2 of 4');
  });

  it('says what a step gave', () => {
    const progress = begin(start, 0);
    expect(stepText(progress, { ...ended(0), gamma: 0 })).toBe('step 0/4  value 0.3333');
    expect(stepText(finishStep(progress, ended(2), 4), ended(2))).toBe(
      'step 2/4  gamma 0.4  value 0.3333  0.5 steps/s  0:04 left',
    );
    expect(stepText(progress, { ...ended(2), status: 'non-finite', metrics: {} })).toBe(
      'step 2/4  gamma 0.4  non-finite',
    );
  });

  it.each([
    [0.4, '0:00'],
    [59.6, '1:00'],
    [754, '12:34'],
    [3723, '1:02:03'],
  ])('%d s are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [1234.56, '1235'],
    [1e-9 / 3, '3.333e-10'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
  ])('%d reads %s', (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });
});
