/** The conformance suite of engines: call it inside a vitest file with a way to make the engine. */
import {
  adam,
  ndarray,
  ops,
  scalarArray,
  stream,
  tree,
  valueAndGradient,
  type Arrays,
  type ArrayTree,
  type Engine,
  type NdArray,
  type Tensor,
  type TensorTree,
} from '@wasserflow/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operationCases, scalarCases, type OperationCase, type ScalarCase } from './operations.js';
import { randomFunction } from './random-functions.js';

interface Derivatives {
  readonly value: NdArray;
  readonly gradient: readonly NdArray[];
  /** Hessian times the direction. */
  readonly hessian: readonly NdArray[];
}

/** phi(x) = sum(w * op(x)) with fixed uneven weights w, its gradient, and its Hessian times a direction. */
function derivativesOf({ apply }: OperationCase) {
  const phi = (xs: readonly Tensor[]): Tensor => {
    const y = apply(...xs);
    const weights = ops.tensor(
      Array.from({ length: y.size }, (_, i) => 1 + 0.5 * Math.sin(i + 1)),
      y.shape,
    );
    return ops.sum(ops.mul(y, weights));
  };
  const gradientOf = (xs: readonly Tensor[]) => valueAndGradient((at: readonly Tensor[]) => ({ loss: phi(at) }))(xs);
  return ({ xs, direction }: { xs: readonly Tensor[]; direction: readonly Tensor[] }) => {
    const slope = (at: readonly Tensor[]): Tensor =>
      gradientOf(at)
        .gradient.map((g, i) => ops.sum(ops.mul(g, direction[i]!)))
        .reduce((a, b) => ops.add(a, b));
    const { loss, gradient } = gradientOf(xs);
    const hessian = valueAndGradient((at: readonly Tensor[]) => ({ loss: slope(at) }))(xs).gradient;
    return { value: loss, gradient, hessian };
  };
}

const dot = (a: readonly NdArray[], b: readonly NdArray[]): number =>
  a.reduce((sum, { data }, k) => sum + Array.from(data).reduce((s, v, i) => s + v * b[k]!.data[i]!, 0), 0);

const moved = (xs: readonly NdArray[], direction: readonly NdArray[], h: number): NdArray[] =>
  xs.map((x, k) =>
    ndarray(
      Float32Array.from(x.data, (v, i) => v + h * direction[k]!.data[i]!),
      x.shape,
    ),
  );

/** Central differences in float32: truncation h^2 and rounding 1e-7 / h are both about 1e-4 here. */
const H = 1e-2;
const FD_TOLERANCE = 2e-3;

function close(got: number, expected: number, scale: number, what: string): void {
  expect(Math.abs(got - expected), `${what}: ${got} against ${expected}`).toBeLessThan(
    FD_TOLERANCE * Math.max(1, scale),
  );
}

async function checkOperation(engine: Engine, operation: OperationCase): Promise<void> {
  const xs = operation.inputs;
  const direction = xs.map((x, k) => stream('direction').fork(k).normal(x.shape));
  const program = await engine.compile(operation.name, derivativesOf(operation), { xs, direction } as never);
  const at = (points: readonly NdArray[]) =>
    program.run({ xs: points, direction } as never) as unknown as Promise<Derivatives>;
  const here = await at(xs);
  const [ahead, behind] = [await at(moved(xs, direction, H)), await at(moved(xs, direction, -H))];
  const slope = (ahead.value.data[0]! - behind.value.data[0]!) / (2 * H);
  close(dot(here.gradient, direction), slope, Math.abs(slope), 'first derivative');
  for (const [k, hessian] of here.hessian.entries())
    for (const [i, h] of hessian.data.entries()) {
      const difference = (ahead.gradient[k]!.data[i]! - behind.gradient[k]!.data[i]!) / (2 * H);
      close(h, difference, Math.abs(difference), `second derivative, input ${k}, entry ${i}`);
    }
  program.dispose();
}

/** A least-squares fit by a small network: the loss, its gradient and the update in one program. */
type Fit = { parameters: TensorTree; optimizer: TensorTree; x: Tensor; y: Tensor };
const optimizer = adam({ learningRate: 0.02, clip: 1, weightDecay: 0.01 });

function fitStep({ parameters, optimizer: state, x, y }: Fit) {
  const objective = (p: TensorTree) => {
    const { w1, b1, w2 } = p as unknown as { w1: Tensor; b1: Tensor; w2: Tensor };
    const residual = ops.sub(ops.matMul(ops.tanh(ops.add(ops.matMul(x, w1), b1)), w2), y);
    return { loss: ops.mean(ops.square(residual)) };
  };
  const { loss, gradient } = valueAndGradient(objective)(parameters);
  return { loss, ...optimizer.update(gradient, state, parameters) };
}

async function fit(engine: Engine, steps: number): Promise<{ losses: number[]; parameters: ArrayTree }> {
  const rng = stream('fit');
  const x = rng.fork('x').normal([32, 3]);
  const y = ndarray(
    Float32Array.from({ length: 32 }, (_, i) => Math.sin(x.data[3 * i]!) + x.data[3 * i + 1]!),
    [32, 1],
  );
  let parameters: ArrayTree = {
    w1: rng.fork('w1').normal([3, 8]),
    b1: ndarray(new Float32Array(8), [8]),
    w2: rng.fork('w2').normal([8, 1]),
  };
  let state = optimizer.init(parameters);
  const program = await engine.compile('fit', fitStep, { parameters, optimizer: state, x, y } as never);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const out = (await program.run({ parameters, optimizer: state, x, y } as never)) as unknown as Arrays<{
      loss: Tensor;
    }> & {
      parameters: ArrayTree;
      state: ArrayTree;
    };
    ({ parameters, state } = out);
    losses.push(out.loss.data[0]!);
  }
  program.dispose();
  return { losses, parameters };
}

const numbersOf = (parameters: ArrayTree): number[] =>
  tree.leaves(parameters as tree.Tree<NdArray>).flatMap((a) => Array.from(a.data));

/** Largest difference of two results, relative to the size of their numbers. */
function deviation(got: ArrayTree, expected: ArrayTree): number {
  const [a, b] = [numbersOf(got), numbersOf(expected)];
  expect(a.length).toBe(b.length);
  return Math.max(0, ...a.map((v, i) => Math.abs(v - b[i]!) / Math.max(1, Math.abs(b[i]!))));
}

/** Value, gradient and Hessian product of an operation on both engines. */
async function checkAgreement(engines: readonly [Engine, Engine], operation: OperationCase): Promise<void> {
  const xs = operation.inputs;
  const direction = xs.map((x, k) => stream('direction').fork(k).normal(x.shape));
  const inputs = { xs, direction } as never;
  const [got, expected] = await Promise.all(
    engines.map(async (engine) => (await engine.compile(operation.name, derivativesOf(operation), inputs)).run(inputs)),
  );
  expect(deviation(got as ArrayTree, expected as ArrayTree)).toBeLessThan(AGREEMENT);
}

/** Sums of a dozen float32 numbers of order one in another order, through two derivatives. */
const AGREEMENT = 1e-5;

async function checkRandom(engines: readonly [Engine, Engine], seed: number): Promise<void> {
  const { fn, inputs } = randomFunction(seed);
  const [got, expected] = await Promise.all(
    engines.map(async (engine) => (await engine.compile(`random ${seed}`, fn, inputs as never)).run(inputs as never)),
  );
  expect(deviation(got as ArrayTree, expected as ArrayTree)).toBeLessThan(AGREEMENT);
}

async function checkReference(
  engine: Engine,
  { name, reference, scale, domain: [low, high], apply }: ScalarCase,
): Promise<void> {
  const x = ndarray(
    Float32Array.from({ length: 64 }, (_, i) => low + ((high - low) * (i + 0.37)) / 64),
    [64],
  );
  const f = ({ at }: { at: Tensor }) => ({ y: apply(at) });
  const { y } = await (await engine.compile(name, f, { at: x })).run({ at: x });
  for (const [i, v] of y.data.entries()) {
    const exact = reference(x.data[i]!);
    const size = Math.max(1, Math.abs(exact), scale?.(x.data[i]!) ?? 0);
    expect(Math.abs(v - exact), `${name}(${x.data[i]})`).toBeLessThan(ELEMENTWISE * size);
  }
}

/** A few units in the last place of float32: vectorised functions are not correctly rounded. */
const ELEMENTWISE = 1e-6;

export interface EngineSuiteOptions {
  /** An engine to agree with, number by number. */
  readonly reference?: () => Promise<Engine>;
}

/**
 * What every engine must do.
 * @param name - for the test titles
 * @param create - makes the engine; called once
 */
export function describeEngine(
  name: string,
  create: () => Promise<Engine>,
  { reference }: EngineSuiteOptions = {},
): void {
  describe(`engine ${name}`, () => {
    let engine: Engine;
    let other: Engine;
    beforeAll(async () => {
      engine = await create();
      if (reference) other = await reference();
    });
    afterAll(() => {
      engine.dispose();
      if (reference) other.dispose();
    });

    describe('float64 references', () => {
      test.each(scalarCases.map((c) => [c.name, c] as const))('%s', (_, c) => checkReference(engine, c));
    });

    describe.runIf(reference)('agreement with the reference engine', () => {
      test.each(operationCases.map((c) => [c.name, c] as const))('%s', (_, c) => checkAgreement([engine, other], c));
      test.each(Array.from({ length: 25 }, (_, seed) => seed))('random function %i', (seed) =>
        checkRandom([engine, other], seed),
      );
    });

    describe('first and second derivatives against finite differences', () => {
      test.each(operationCases.map((c) => [c.name, c] as const))('%s', (_, c) => checkOperation(engine, c));
    });

    test('trains a network, the same bits every time', async () => {
      const first = await fit(engine, 60);
      const second = await fit(engine, 60);
      expect(first.losses.at(-1)!).toBeLessThan(first.losses[0]! / 4);
      expect(numbersOf(second.parameters)).toEqual(numbersOf(first.parameters));
    });

    test('passes inputs and constants through, and takes float64', async () => {
      const f = ({ a }: { a: Tensor }) => ({
        same: a,
        twice: ops.mul(a, 2),
        constant: ops.tensor([1, 2, 3]),
        nested: [{ a }],
      });
      const a = ndarray(Float64Array.of(0.5, -1.5), [2]);
      const program = await engine.compile('through', f, { a });
      const out = await program.run({ a });
      expect(Array.from(out.same.data)).toEqual([0.5, -1.5]);
      expect(Array.from(out.twice.data)).toEqual([1, -3]);
      expect(Array.from(out.constant.data)).toEqual([1, 2, 3]);
      expect(Array.from(out.nested[0]!.a.data)).toEqual([0.5, -1.5]);
    });

    test('gives outputs that a later run does not change', async () => {
      const program = await engine.compile('own', ({ a }: { a: Tensor }) => ({ y: ops.add(a, 1) }), {
        a: { shape: [] },
      });
      const first = await program.run({ a: scalarArray(1) });
      await program.run({ a: scalarArray(5) });
      expect(first.y.data[0]).toBe(2);
    });

    test('refuses inputs of another shape, and says which', async () => {
      const program = await engine.compile('shaped', ({ a }: { a: Tensor }) => ({ y: ops.sum(a) }), {
        a: { shape: [2, 3] },
      });
      const wrong = program.run({ a: ndarray(new Float32Array(6), [3, 2]) });
      await expect(wrong).rejects.toThrow('input "a" has shape [3, 2], but the program was compiled for [2, 3]');
    });
  });
}
