/** The conformance suites of blocks and heads: invertible maps with a log-determinant. */
import {
  fromRows,
  ndarray,
  stream,
  tree,
  type ArrayTree,
  type Engine,
  type NdArray,
  type Tensor,
  type TensorTree,
} from '@wasserflow/tensor';
import type { Block, Head } from '@wasserflow/core';
import { LuDecomposition, Matrix } from 'ml-matrix';
import { beforeAll, describe, expect, test } from 'vitest';

type Point = { parameters: TensorTree; x: Tensor };
type Evaluate = (fn: (at: Point) => TensorTree, x: NdArray) => Promise<NdArray>;

const evaluator =
  (engine: () => Engine, parameters: ArrayTree): Evaluate =>
  async (fn, x) => {
    const program = await engine().compile('conformance', fn, { parameters, x } as never);
    const out = await program.run({ parameters, x } as never);
    program.dispose();
    return out as unknown as NdArray;
  };

/** log|det| of the Jacobian of a map at one point, by central differences. */
async function numericLogDet(map: (x: NdArray) => Promise<NdArray>, point: readonly number[]): Promise<number> {
  const d = point.length;
  const h = 1e-2;
  const moved = (sign: number) => fromRows(point.map((_, j) => point.map((v, i) => v + (i === j ? sign * h : 0))));
  const [ahead, behind] = [await map(moved(1)), await map(moved(-1))];
  const jacobian = new Matrix(d, d);
  for (let j = 0; j < d; j++)
    for (let i = 0; i < d; i++) jacobian.set(i, j, (ahead.data[j * d + i]! - behind.data[j * d + i]!) / (2 * h));
  return Math.log(Math.abs(new LuDecomposition(jacobian).determinant));
}

/** Differences in float32 with h = 1e-2: truncation and rounding are each about 1e-4 of the entries. */
const JACOBIAN_TOLERANCE = 5e-3;
/** A round trip in float32, with the solver's own error on top. */
const INVERSE_TOLERANCE = 1e-4;

interface MapUnderTest {
  readonly y: (at: Point) => Tensor;
  readonly logDet: (at: Point) => Tensor;
  readonly inverse: (at: Point) => Tensor;
}

function checkMap(evaluate: () => Evaluate, map: MapUnderTest, x: NdArray): void {
  const [n = 0, d = 0] = x.shape;

  test('keeps the shape of points [n, d], and has one logDet a point', async () => {
    expect((await evaluate()(map.y, x)).shape).toEqual([n, d]);
    expect((await evaluate()(map.logDet, x)).shape).toEqual([n]);
  });

  test('inverse undoes forward', async () => {
    const y = await evaluate()(map.y, x);
    const back = await evaluate()(({ parameters, x: at }) => map.inverse({ parameters, x: at }), y);
    for (const [i, v] of back.data.entries())
      expect(Math.abs(v - x.data[i]!)).toBeLessThan(INVERSE_TOLERANCE * Math.max(1, Math.abs(v)));
  });

  test('logDet is that of the Jacobian of forward', async () => {
    const logDets = await evaluate()(map.logDet, x);
    for (let row = 0; row < Math.min(n, 3); row++) {
      const point = Array.from(x.data.subarray(row * d, (row + 1) * d));
      const numeric = await numericLogDet((at) => evaluate()(map.y, at), point);
      expect(Math.abs(logDets.data[row]! - numeric)).toBeLessThan(JACOBIAN_TOLERANCE * Math.max(1, Math.abs(numeric)));
    }
  });
}

/** Parameters as initialised, times a factor: blocks start close to the identity, where all looks right. */
const amplified = (parameters: ArrayTree, factor: number): ArrayTree =>
  tree.map(parameters, (leaf) => {
    const { data, shape } = leaf as NdArray;
    return ndarray(
      Float32Array.from(data, (v) => v * factor),
      shape,
    );
  }) as ArrayTree;

export interface BlockCase {
  readonly engine: () => Promise<Engine>;
  readonly dimension?: number;
  /** Parameters are multiplied by this before the test. */
  readonly amplify?: number;
}

/** What every block must do. */
export function describeBlock(name: string, block: Block, { engine, dimension = 3, amplify = 3 }: BlockCase): void {
  describe(`block ${name}`, () => {
    const parameters = amplified(block.init(stream('block'), dimension), amplify);
    let running: Engine;
    beforeAll(async () => {
      running = await engine();
    });
    const evaluate = () => evaluator(() => running, parameters);
    const x = stream('points').normal([5, dimension]);
    checkMap(
      evaluate,
      {
        y: (at) => block.forward(at.parameters, at.x, 'none').y,
        logDet: (at) => block.forward(at.parameters, at.x, 'exact').logDet!,
        inverse: (at) => block.inverse(at.parameters, at.x),
      },
      x,
    );

    test('maps points the same way whether logDet is asked for or not', async () => {
      const plain = await evaluate()((at) => block.forward(at.parameters, at.x, 'none').y, x);
      const withLogDet = await evaluate()((at) => block.forward(at.parameters, at.x, 'exact').y, x);
      expect(Array.from(withLogDet.data)).toEqual(Array.from(plain.data));
    });

    test('is initialised by its stream alone', () => {
      expect(block.init(stream('again'), 2)).toEqual(block.init(stream('again'), 2));
    });
  });
}

/** What every head must do; `rows` are data to fit. */
export function describeHead(
  name: string,
  head: Head,
  { engine, rows }: { engine: () => Promise<Engine>; rows: NdArray },
): void {
  describe(`head ${name}`, () => {
    const parameters = head.fit(rows);
    let running: Engine;
    beforeAll(async () => {
      running = await engine();
    });
    checkMap(
      () => evaluator(() => running, parameters),
      {
        y: (at) => head.forward(at.parameters, at.x).y,
        logDet: (at) => head.forward(at.parameters, at.x).logDet,
        inverse: (at) => head.inverse(at.parameters, at.x),
      },
      stream('points').normal([4, rows.shape[1]!]),
    );
  });
}
