import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import {
  adam,
  ops,
  tree,
  valueAndGradient,
  type Engine,
  type NdArray,
  type Tensor,
  type TensorTree,
} from '@wasserflow/tensor';
import { beforeAll, describe, expect, it } from 'vitest';
import plugin, { onnxEngine } from '../src/index.js';
import { eager, expectClose, normal, useCpu } from './eager.js';

const { add, fill, matMul, mul, relu, scalar, softplus, square, stopGradient, sub, sum, tanh, zeros } = ops;

type Single = { x: Tensor };
type Layer = { w: Tensor; b: Tensor };

const x = normal('x', [3, 2]);

beforeAll(useCpu);

const compiling = (fn: unknown) => onnxEngine({ threads: 1 }).compile('culprit', fn as never, { x } as never);

async function once(fn: unknown, inputs: unknown, threads = 1) {
  const engine = onnxEngine({ threads });
  const program = await engine.compile('once', fn as never, inputs as never);
  const outputs = await program.run(inputs as never);
  engine.dispose();
  return outputs as never;
}

async function expectSame(fn: unknown, inputs: unknown): Promise<void> {
  expectClose(await once(fn, inputs), eager(fn as never, inputs));
}

const treesAndScalars = ({ p, s }: { p: { w: Tensor }[]; s: Tensor }) => ({
  b: [mul(p[1]!.w, s), { deep: p[0]!.w }],
  a: add(s, 1),
});
const passingThrough = ({ x }: Single & { unused: Tensor }) => ({ x, again: x, doubled: mul(x, 2), same: mul(x, 2) });
const constants = (p: Single) => ({
  two: scalar(2),
  zeros: zeros([2, 3]),
  filled: fill([2], 1.5),
  gradient: valueAndGradient(({ x }: Single) => ({ loss: sum(stopGradient(x)) }))(p).gradient.x,
});
const mixedTypes = ({ i, x }: Single & { i: Tensor }) => ({ i: add(i, i), f: mul(i, x), t: ops.greater(x, 0) });
const times = (factor: number | Tensor) => (p: Single) => ({ y: mul(p.x, factor) });

describe('what goes in and comes out', () => {
  it('keeps trees, scalars, and the order of names', async () => {
    const inputs = { p: [{ w: x }, { w: normal('w', [2]) }], s: { shape: [], data: Float32Array.of(3) } };
    expect(Object.keys(await once(treesAndScalars, inputs))).toEqual(['b', 'a']);
    await expectSame(treesAndScalars, inputs);
  });

  it('passes inputs through, also twice, and leaves unused ones alone', async () => {
    const inputs = { x, unused: normal('unused', [5]) };
    await expectSame(passingThrough, inputs);
    const outputs: Record<string, NdArray> = await once(passingThrough, inputs);
    expect(outputs.x!.data).not.toBe(inputs.x.data);
    expect(outputs.x!.data.buffer).not.toBe(outputs.again!.data.buffer);
  });

  it('gives constants and zero gradients', () => expectSame(constants, { x }));

  it('takes a bare tensor as a tree', () => expectSame(square, x));

  it('computes with integers and gives truth values as numbers', () =>
    expectSame(mixedTypes, { i: { shape: [2], data: Int32Array.of(3, -4) }, x: normal('x2', [2]) }));

  it('takes shapes for arrays not there yet, and rounds float64 to float32', async () => {
    const engine = onnxEngine({ threads: 1 });
    const program = await engine.compile('third', times(1), { x: { shape: [1] } });
    const { y } = await program.run({ x: { shape: [1], data: Float64Array.of(1 / 3) } });
    expect(y.data[0]).toBe(Math.fround(1 / 3));
    engine.dispose();
  });

  it('captures tensors from outside as constants, and leaves them where they are', async () => {
    const outside = tf.tensor([1, 2]);
    await expectSame(times(outside), { x });
    expect([...outside.dataSync()]).toEqual([1, 2]);
    outside.dispose();
  });

  it('gives arrays that the next run leaves alone', async () => {
    const engine = onnxEngine({ threads: 1 });
    const program = await engine.compile('double', times(2), { x });
    const first = await program.run({ x });
    const copy = first.y.data.slice();
    await program.run({ x: normal('other', [3, 2]) });
    expect(first.y.data).toEqual(copy);
    engine.dispose();
  });

  it.each([relu, softplus, tanh, ops.sigmoid, ops.log1p, ops.abs, ops.exp])(
    'keeps NaN where eager tfjs has it, and nowhere else: %o',
    async (f) => {
      const odd: NdArray = { shape: [3], data: Float32Array.of(NaN, Infinity, -Infinity) };
      const nans = ({ data }: NdArray) => Array.from(data, Number.isNaN);
      expect(nans(await once(f, odd))).toEqual(nans(eager(f as never, odd) as NdArray));
    },
  );
});

const optimizer = adam({ learningRate: 1e-2, clip: 1, weightDecay: 1e-3 });
const linear = ({ w, b }: Layer, y: Tensor) => add(matMul(y, w), b);
const network = ([first, second, third]: Layer[], x: Tensor) =>
  linear(third!, tanh(linear(second!, tanh(linear(first!, x)))));
const step = ({ parameters, state, x, y }: { parameters: Layer[]; state: TensorTree; x: Tensor; y: Tensor }) => {
  const { loss, gradient } = valueAndGradient((p: Layer[]) => ({ loss: ops.mean(square(sub(network(p, x), y))) }))(
    parameters,
  );
  return { loss, ...optimizer.update(gradient, state, parameters) };
};
const layer = (name: string, m: number, n: number) => ({ w: normal(`w${name}`, [m, n]), b: normal(`b${name}`, [n]) });
const parameters = [layer('1', 3, 8), layer('2', 8, 8), layer('3', 8, 2)];
const start = { parameters, state: optimizer.init(parameters), x: normal('points', [16, 3]), y: normal('y', [16, 2]) };

describe('training', () => {
  it('follows eager tfjs over 20 steps of Adam', async () => {
    const engine = onnxEngine({ threads: 2 });
    const program = await engine.compile('step', step as never, start as never);
    let compiled = start as never;
    let reference = start as never;
    for (let i = 0; i < 20; i++) {
      const next = (await program.run(compiled)) as object;
      const expected = eager(step as never, reference) as object;
      // Adam divides by sqrt(v): rounding errors grow with the steps, from a few 1e-7.
      expectClose(next as never, expected as never, 5e-5);
      compiled = { ...start, ...next } as never;
      reference = { ...start, ...expected } as never;
    }
    engine.dispose();
  });

  it('gives the same bits in every run, from every engine of as many threads', async () => {
    const [one, two] = [await once(step, start, 2), await once(step, start, 2)].map((run) => tree.leaves(run));
    expect(one).toEqual(two);
  });
});

const reading = ({ x }: Single) => (sum(x).dataSync()[0]! > 0 ? x : mul(x, 2));
const unknownOperation = ({ x }: Single) => tf.asinh(x);
const failingInGradient = (p: Single) =>
  valueAndGradient(({ x }: Single) => ({ loss: sum(tanh(x)), aux: { bad: tf.asinh(x) } }))(p).gradient;
const gradientWithAux = (p: Single) =>
  valueAndGradient(({ x }: Single) => ({ loss: sum(tanh(x)), aux: { x } }))(p).gradient;

describe('what cannot be compiled', () => {
  it('names the operation and the function where a value is read', async () => {
    await expect(compiling(reading)).rejects.toMatchObject({
      code: 'E_ENGINE',
      message: expect.stringMatching(/`culprit`.*ReduceSum/),
    });
  });

  it('names an operation that is not allowed', async () => {
    await expect(compiling(unknownOperation)).rejects.toMatchObject({
      code: 'E_ENGINE',
      message: expect.stringMatching(/`culprit`.*Asinh/),
    });
  });

  it('refuses a function that returns something else than tensors', async () => {
    await expect(compiling(() => ({ y: 3 }))).rejects.toMatchObject({ code: 'E_ENGINE' });
    await expect(compiling(() => ({}))).rejects.toThrow('no tensor');
    await expect(compiling(async () => scalar(1))).rejects.toThrow('promise');
  });

  it('leaves tfjs as it was, after success and after failure', async () => {
    const before = tf.memory().numTensors;
    await expect(compiling(failingInGradient)).rejects.toThrow('Asinh');
    await once(gradientWithAux, { x });
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.getBackend()).toBe('cpu');
  });

  it('refuses inputs of another shape, and missing ones', async () => {
    const engine = onnxEngine({ threads: 1 });
    const program = await engine.compile('double', times(2), { x });
    await expect(program.run({ x: normal('x', [2, 2]) })).rejects.toMatchObject({ code: 'E_ARGUMENT' });
    await expect(program.run({} as never)).rejects.toThrow('input "x" is missing');
    program.dispose();
    await expect(program.run({ x })).rejects.toThrow('disposed');
  });
});

describe('sessions', () => {
  it('are shared by equal programs and released after the last', async () => {
    const engine = onnxEngine({ threads: 1 });
    const compile = (factor: number) => engine.compile(`times ${factor}`, times(factor), { x });
    const [one, two] = [await compile(2), await compile(2), await compile(3)];
    expect(engine.openSessions()).toBe(2);
    one!.dispose();
    one!.dispose();
    expectClose(await two!.run({ x }), { y: { shape: x.shape, data: x.data.map((v) => 2 * v) } });
    two!.dispose();
    expect(engine.openSessions()).toBe(1);
    engine.dispose();
    expect(engine.openSessions()).toBe(0);
  });

  it('stay open for a run that is under way', async () => {
    const engine = onnxEngine({ threads: 1 });
    const program = await engine.compile('double', times(2), { x });
    const running = program.run({ x });
    program.dispose();
    expect(engine.openSessions()).toBe(1);
    expectClose(await running, { y: { shape: x.shape, data: x.data.map((v) => 2 * v) } });
    expect(engine.openSessions()).toBe(0);
  });

  it('report what runs', () => {
    expect(onnxEngine({ threads: 3 }).report()).toMatchObject({ id: 'onnx', backend: 'cpu', threads: 3 });
    expect(onnxEngine().report().version).toMatch(/^1\./);
  });

  it('start from the options of a config, on all cores by default', async () => {
    const [definition] = plugin.contributes;
    const engine = (await definition!.create({ device: 'cpu' })) as Engine;
    expect(engine.report()).toMatchObject({ id: 'onnx', backend: 'cpu', threads: availableParallelism() });
    engine.dispose();
  });
});
