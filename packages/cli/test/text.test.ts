import { describe, expect, it } from 'vitest';
import { summaryTable } from '../src/summary.js';
import { number, table } from '../src/table.js';

describe('a table', () => {
  it('aligns its columns and ends no line with spaces', () => {
    expect(table(['id', 'title'], [['jko', 'implicit'], ['langevin'], ['x', 'y', 'beyond']])).toBe(
      'id        title\njko       implicit\nlangevin\nx         y\n',
    );
    expect(table(['n', 'value'], [['1', '-2.5'], ['10']], 'right')).toBe(' n  value\n 1   -2.5\n10\n');
  });

  it.each([
    [0, '0'],
    [-12, '-12'],
    [1 / 3, '0.333333'],
    [-1e-9 / 3, '-3.33333e-10'],
    [123456.789, '123457'],
    [1e21, '1.00000e+21'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
  ])('shows %d as %s', (value, text) => {
    expect(number(value)).toBe(text);
  });
});

describe('a summary of steps', () => {
  const step = (n: number, metrics: Record<string, number>, info: Record<string, number> = {}) => ({
    step: n,
    gamma: n === 0 ? 0 : 0.5,
    status: 'ok' as const,
    info,
    metrics,
  });

  it('has a column for whatever a step measured or told, and gaps where it did not', () => {
    const text = summaryTable([
      step(0, { value: 2 }),
      step(1, { value: 1, w2: 0.25 }, { moved: 3, value: 9 }),
      { ...step(2, {}), status: 'non-finite' },
    ]);
    expect(text).toBe(
      [
        'step     gamma      status  value        w2  moved  step.value',
        '   0                    ok      2',
        '   1  0.500000          ok      1  0.250000      3           9',
        '   2  0.500000  non-finite',
        '',
      ].join('\n'),
    );
  });

  it('shows forty steps whole, and of more the first and the last twenty', () => {
    const steps = (count: number) => Array.from({ length: count }, (_, n) => step(n, {}));
    expect(summaryTable(steps(40)).split('\n')).toHaveLength(1 + 40 + 1);
    expect(summaryTable(steps(41)).split('\n')).toHaveLength(1 + 41 + 1);
    const firsts = summaryTable(steps(42))
      .split('\n')
      .map((line) => line.trim().split(' ')[0]);
    expect(firsts.slice(19, 24)).toEqual(['18', '19', '...', '22', '23']);
    expect(firsts).toHaveLength(1 + 41 + 1);
  });
});
