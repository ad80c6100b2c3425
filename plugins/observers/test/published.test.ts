import { PassThrough } from 'node:stream';
import { createEventBus } from '@wasserflow/core';
import { agrees, published } from '@wasserflow/observers';
import { describe, expect, it } from 'vitest';

describe('published numbers', () => {
  it('agree when ours round to them', () => {
    expect(agrees(4.4387674, '4.438767')).toBe(true);
    expect(agrees(4.4387676, '4.438767')).toBe(false);
    expect(agrees(3.4958e-9, '3.496e-9')).toBe(true);
    expect(agrees(3.4951e-9, '3.496e-9')).toBe(false);
    expect(agrees(0.504, '0.50')).toBe(true);
    expect(agrees(0.504, '0.5040')).toBe(true);
    expect(agrees(0.506, '0.50')).toBe(false);
    expect(agrees(-113.4, '-113')).toBe(true);
    expect(agrees(Number.NaN, '1')).toBe(false);
  });

  it('are printed beside those of the run, for the steps that are published', () => {
    const bus = createEventBus();
    const stream = new PassThrough();
    const values = { 1: '4.00', 3: '9.1', 7: '1' };
    const end = published({ meter: 'w2', source: 'a table', values, squared: true, stream }).attach(bus);
    const step = (n: number, w2: number) =>
      bus.emit('step:end', { step: n, gamma: 1, status: 'ok', info: {}, metrics: { w2 } });
    step(1, 2);
    step(2, 5);
    step(3, 3);
    bus.emit('run:end', { status: 'done', steps: 3 });
    void end();
    expect(String(stream.read())).toBe(
      [
        'w2^2, against a table:',
        '  step         here  published  to all digits',
        '     1  4.000000000       4.00            yes',
        '     3  9.000000000        9.1             no',
        '',
      ].join('\n'),
    );
  });

  it('have to be numbers by step', () => {
    expect(() => published({ meter: 'value', source: 's', values: { first: '1' } })).toThrow(/numbers by step/);
    expect(() => published({ meter: 'value', source: 's', values: { 1: 'much' } })).toThrow(/here is 1: much/);
  });
});
