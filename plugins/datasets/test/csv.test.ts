import { stream, toRows } from '@wasserflow/tensor';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { csv } from '../src/index.js';
import { csvDefinition, type CsvOptions } from '../src/csv.js';
import { csvTable, type CsvFormat } from '../src/csv-table.js';

const rng = stream(0);
const rows = (text: string, format?: CsvFormat) => toRows(csvTable(text, 'data.csv', format).rows);
const columns = (text: string, format?: CsvFormat) => csvTable(text, 'data.csv', format).columns;

describe('a CSV table', () => {
  it('takes a first row without numbers as header', () => {
    expect(columns('a,b\n1,2\n3,4\n')).toEqual(['a', 'b']);
    expect(rows('a,b\n1,2\n3,4\n')).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(columns('1,2\n3,4')).toEqual(['column 1', 'column 2']);
    expect(rows('1,2\n3,4')).toHaveLength(2);
  });

  it('takes the header that it is told to', () => {
    expect(columns('2020,2021\n1,2', { header: true })).toEqual(['2020', '2021']);
    expect(() => rows('a,b\n1,2', { header: false })).toThrow('data.csv: row 1, column "column 1" has "a"');
  });

  it('reads signs, exponents, quotes, spaces, a byte order mark and Windows line ends', () => {
    expect(rows('\uFEFFa, "b"\r\n-1.5 , +2e-3\r\n".5","7."\r\n')).toEqual([
      [-1.5, 0.002],
      [0.5, 7],
    ]);
  });

  it('has one column as well as many', () => {
    expect(rows('x\n1\n2\n3\n\n')).toEqual([[1], [2], [3]]);
  });

  it('keeps chosen columns in the chosen order, whatever the others hold', () => {
    const text = 'name,age,height\nAda,36,1.65\nAlan,41,1.78\n';
    expect(rows(text, { columns: ['height', 'age'] })).toEqual([
      [1.65, 36],
      [1.78, 41],
    ]);
    expect(columns(text, { columns: [3] })).toEqual(['height']);
    expect(rows(text, { columns: [2] })).toEqual([[36], [41]]);
  });

  it('sets a column aside that is no coordinate', () => {
    const { rows: points, aside, columns: names } = csvTable('a,t,b\n1,7,2\n3,8,4\n', 'data.csv', { aside: 't' });
    expect([toRows(points), aside, names]).toEqual([[[1, 2], [3, 4]], [7, 8], ['a', 'b']]); // prettier-ignore
    expect(() => rows('a\n1\n', { aside: 1 })).toThrow('of data.csv no column is left beside "1"');
  });

  it.each([
    ['text', 'a,b\n1,2\n3,x\n', 'data.csv: row 3, column "b" has "x"; a finite number is needed in every cell'],
    ['NaN', 'a,b\n1,NaN\n', 'row 2, column "b" has "NaN"'],
    ['NaN in a first row', '1,nan\n2,3\n', 'row 1, column "column 2" has "nan"'],
    ['a first row of missing values only', 'NaN,NA\n2,3\n', 'row 1, column "column 1" has "NaN"'],
    ['text in a first row of numbers', '1,x\n2,3\n', 'row 1, column "column 2" has "x"'],
    ['infinity', 'a,b\n1,2\nInfinity,2\n', 'row 3, column "a" has "Infinity"'],
    ['a number too large', 'a,b\n1,1e999\n', 'row 2, column "b" has "1e999"'],
    ['hexadecimal', 'a,b\n1,0x10\n', 'row 2, column "b" has "0x10"'],
    ['an empty cell', 'a,b\n1,2\n,4\n', 'row 3, column "a" is empty'],
    ['an empty cell in a single column', 'a\n1\n\n2\n', 'row 3, column "a" is empty'],
    ['a short row', 'a,b\n1,2\n3\n', 'data.csv: row 3 has 1 cell, but row 1 has 2 cells'],
    ['a long row', '1,2\n3,4,5\n', 'row 2 has 3 cells, but row 1 has 2 cells'],
    ['a blank line', 'a,b\n1,2\n\n3,4\n', 'row 3 has 1 cell, but row 1 has 2 cells'],
    ['an empty file', '\n\n', 'data.csv is empty'],
    ['a header alone', 'a,b\n', 'data.csv has a header but no rows of numbers'],
    ['an open quote', 'a,b\n1,"2\n', 'data.csv cannot be read as CSV: Quote Not Closed'],
  ])('refuses %s', (_, text, message) => {
    expect(() => rows(text)).toThrow(message);
  });

  it.each([
    ['of another name', ['agee'], 'data.csv has no column "agee"; did you mean `age`?'],
    ['beyond the last', [3], 'data.csv has no column 3; its columns count from 1 to 2'],
    ['zero', [0], 'data.csv has no column 0'],
    ['chosen twice', ['age', 1], 'column "age" is chosen twice'],
  ])('refuses a column %s', (_, chosen, message) => {
    expect(() => rows('age,size\n1,2\n', { columns: chosen })).toThrow(message);
  });

  it('refuses to choose by a name that several columns have', () => {
    expect(() => rows('a,a\n1,2\n', { columns: ['a'] })).toThrow('several columns "a"');
  });
});

describe('a CSV file', () => {
  let folder: string;
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'wasserflow-csv-'))));
  afterAll(() => rmSync(folder, { recursive: true }));
  const tenRows = `a,b\n${Array.from({ length: 10 }, (_, i) => `${i},${i * i}`).join('\n')}\n`;

  it('holds out every fifth row, or what it is told to', async () => {
    const file = write('ten.csv', tenRows);
    const law = await csv({ file });
    expect(law.dimension).toBe(2);
    expect(toRows(law.heldOutRows!(rng))).toEqual([
      [4, 16],
      [9, 81],
    ]);
    expect(law.trainingRows!(rng).shape).toEqual([8, 2]);
    expect(law.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const everything = await csv({ file, testFraction: 0 });
    expect(everything.heldOutRows).toBeUndefined();
    expect(everything.trainingRows!(rng).shape).toEqual([10, 2]);
    expect((await csv({ file, testFraction: 0.5 })).heldOutRows!(rng).shape).toEqual([5, 2]);
  });

  it('is in its own units', async () => {
    const file = write('four.csv', '1\n2\n3\n6\n');
    expect(toRows((await csv({ file, testFraction: 0 })).trainingRows!(rng)).flat()).toEqual([1, 2, 3, 6]);
  });

  it('needs two training rows', async () => {
    const [one, two] = [write('one.csv', 'a\n1\n'), write('two.csv', 'a\n1\n2\n')];
    await expect(csv({ file: one })).rejects.toMatchObject({
      code: 'E_DATA',
      message: `${one} has 1 training row, but at least 2 are needed; add rows`,
    });
    await expect(csv({ file: two, testFraction: 0.5 })).rejects.toThrow(
      `${two} has 1 training row beside 1 held out, but at least 2 are needed; add rows, or lower \`testFraction\``,
    );
    expect((await csv({ file: two })).trainingRows!(rng).shape).toEqual([2, 1]);
  });

  it('says when the file is not there, or is a folder', async () => {
    const missing = csv({ file: 'no/such.csv' });
    await expect(missing).rejects.toMatchObject({ code: 'E_DATA' });
    await expect(missing).rejects.toThrow(
      `cannot read \`${resolve('no/such.csv')}\`: there is no such file; a path is relative to the working directory`,
    );
    await expect(csv({ file: folder })).rejects.toThrow(/it is a folder$/);
  });

  it('names the file by its absolute path in what it says of a cell or a column', async () => {
    const file = write('bad.csv', 'a,b\n1,oops\n');
    const given = relative('.', file);
    await expect(csv({ file: given })).rejects.toThrow(`${file}: row 2, column "b" has "oops"`);
    await expect(csv({ file: given, columns: ['c'] })).rejects.toThrow(`${file} has no column "c"`);
  });

  it('refuses options of the wrong type with a sentence', () => {
    const schema = csvDefinition.options as z.ZodType<CsvOptions>;
    const complaint = (options: unknown) => schema.safeParse(options).error?.issues[0]?.message;
    expect(complaint({})).toBe('expected the path of a CSV file, e.g. `file: data.csv`');
    expect(complaint({ file: 'a.csv', testFraction: 1 })).toMatch(/a share from 0 up to/);
    expect(complaint({ file: 'a.csv', header: 'yes' })).toBe('expected auto, true or false');
    expect(complaint({ file: 'a.csv', columns: [0.5] })).toBe('expected a column name, or its number from 1');
    expect(schema.parse({ file: 'a.csv' })).toEqual({ file: 'a.csv', header: 'auto', testFraction: 0.2 });
  });
});
