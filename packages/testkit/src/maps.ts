/** The conformance suites of blocks and heads: invertible maps with a log-determinant. */
import {
  fromRows,
  ndarray,
  ops,
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

/** Step of the difference quotients. */
const STEP = 1e-2;

/** log|det| of the Jacobian of a map at one point, by central differences. */
async function numericLogDet(map: (x: NdArray) => Promise<NdArray>, point: readonly number[]): Promise<number> {
  const d = point.length;
  const moved = (sign: number) => fromRows(point.map((_, j) => point.map((v, i) => v + (i === j ? sign * STEP : 0))));
  const [ahead, behind] = [await map(moved(1)), await map(moved(-1))];
  const jacobian = new Matrix(d, d);
  for (let j = 0; j < d; j++)
    for (let i = 0; i < d; i++) jacobian.set(i, j, (ahead.data[j * d + i]! - behind.data[j * d + i]!) / (2 * STEP));
  return Math.log(Math.abs(new LuDecomposition(jacobian).determinant));
}

/** Differences in float32 with h = 1e-2: truncation and rounding are each about 1e-4 of the entries. */
const JACOBIAN_TOLERANCE = 5e-3;
/** A round trip in float32. */
const INVERSE_TOLERANCE = 1e-4;
/** A block with `tangent` gives a first guess of its inverse: the solver's error is on top. */
const GUESS_TOLERANCE = 1e-2;

interface MapUnderTest {
  readonly y: (at: Point) => Tensor;
  readonly logDet: (at: Point) => Tensor;
  readonly inverse: (at: Point) => Tensor;
}

function checkMap(evaluate: () => Evaluate, map: MapUnderTest, x: NdArray, tolerance = INVERSE_TOLERANCE): void {
  const [n = 0, d = 0] = x.shape;

  test('keeps the shape of points [n, d], and has one logDet a point', async () => {
    expect((await evaluate()(map.y, x)).shape).toEqual([n, d]);
    expect((await evaluate()(map.logDet, x)).shape).toEqual([n]);
  });

  test('inverse undoes forward', async () => {
    const y = await evaluate()(map.y, x);
    const back = await evaluate()(({ parameters, x: at }) => map.inverse({ parameters, x: at }), y);
    for (const [i, v] of back.data.entries())
      expect(Math.abs(v - x.data[i]!)).toBeLessThan(tolerance * Math.max(1, Math.abs(v)));
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

/** DT(x) e_i for every unit vector, side by side: `[n, d * d]`. */
const columnsOf =
  (block: Block, d: number, n: number) =>
  (at: Point): Tensor => {
    const unit = (i: number) =>
      ops.tensor(Array.from({ length: n }, () => Array.from({ length: d }, (_, j) => Number(i === j))));
    return ops.concat(
      Array.from({ length: d }, (_, i) => block.tangent!(at.parameters, at.x, unit(i)).tangent),
      1,
    );
  };

/** What every block must do. */
export function describeBlock(name: string, block: Block, { engine, dimension = 3, amplify = 3 }: BlockCase): void {
  describe(`block ${name}`, () => {
    const parameters = amplified(block.init(stream('block'), dimension), amplify);
    let running: Engine;
    beforeAll(async () => {
      running = await engine();
    });
    const evaluate = () => evaluator(() => running, parameters);
    const n = 5;
    const x = stream('points').normal([n, dimension]);
    const forward = (at: Point): Tensor => block.forward(at.parameters, at.x, 'none').y;
    const noise = block.noise?.(stream('noise'), n, dimension);
    if (!noise)
      checkMap(
        evaluate,
        {
          y: forward,
          logDet: (at) => block.forward(at.parameters, at.x, 'estimate').logDet!,
          inverse: (at) => block.inverse(at.parameters, at.x),
        },
        x,
        block.tangent ? GUESS_TOLERANCE : INVERSE_TOLERANCE,
      );

    test.runIf(block.tangent)('tangent is the derivative of forward, and maps points the same way', async () => {
      const columns = await evaluate()(columnsOf(block, dimension, n), x);
      const numeric = await Promise.all(
        Array.from({ length: dimension }, async (_, i) => {
          const moved = (sign: number) =>
            ndarray(
              Float32Array.from(x.data, (v, k) => v + (k % dimension === i ? sign * STEP : 0)),
              x.shape,
            );
          const [ahead, behind] = [await evaluate()(forward, moved(1)), await evaluate()(forward, moved(-1))];
          return Array.from(ahead.data, (v, k) => (v - behind.data[k]!) / (2 * STEP));
        }),
      );
      for (let k = 0; k < n; k++)
        for (let i = 0; i < dimension; i++)
          for (let j = 0; j < dimension; j++) {
            const got = columns.data[(k * dimension + i) * dimension + j]!;
            expect(Math.abs(got - numeric[i]![k * dimension + j]!)).toBeLessThan(
              JACOBIAN_TOLERANCE * Math.max(1, Math.abs(got)),
            );
          }
      const y = await evaluate()((at) => block.tangent!(at.parameters, at.x, at.x).y, x);
      expect(Array.from(y.data)).toEqual(Array.from((await evaluate()(forward, x)).data));
    });

    test.skipIf(noise)('maps points the same way whether logDet is asked for or not', async () => {
      const plain = await evaluate()(forward, x);
      const withLogDet = await evaluate()((at) => block.forward(at.parameters, at.x, 'estimate').y, x);
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
