import { ops, valueAndGradient, type NdArray, type Tensor, type TensorTree } from '@wasserflow/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxEngine } from '../src/engine.js';
import { sorted, type Graph } from '../src/graph/node.js';
import { optimize } from '../src/passes/optimize.js';
import { trace } from '../src/trace/trace.js';
import { eager, expectClose, normal, useCpu } from './eager.js';

const {
  add,
  concat,
  exp,
  matMul,
  mul,
  onesLike,
  reshape,
  scalar,
  softplus,
  square,
  sub,
  sum,
  tanh,
  tile,
  transpose,
  zeros,
} = ops;

type Layer = { w: Tensor; b: Tensor };
type Inputs = { x: Tensor } & Layer;

const [n, m, k] = [512, 3, 4];
const inputs = { x: normal('x', [n, m]), w: normal('w', [m, k]), b: normal('b', [k]) };

const graphOf = (fn: (inputs: Inputs) => TensorTree, threads = 1): Graph =>
  optimize(trace('test', fn as never, inputs).graph, threads);

/** The operations of a graph, in order, without inputs and constants. */
const operations = (graph: Graph): string[] =>
  sorted(graph.outputs)
    .map(({ op }) => op)
    .filter((op) => op !== 'Input' && op !== 'Constant');

const layer = ({ x, w, b }: Inputs) => tanh(add(matMul(x, w), b));
const layerGradient = (p: Inputs) => valueAndGradient((q: Inputs) => ({ loss: sum(layer(q)) }))(p).gradient;

describe('passes', () => {
  it('make one Gemm of a layer with its bias and its numeric factors', () => {
    const scaled = ({ x, w, b }: Inputs) => mul(add(matMul(mul(x, 2), mul(w, 3)), mul(b, 5)), 0.5);
    expect(operations(graphOf(layer))).toEqual(['Gemm', 'Tanh']);
    const graph = graphOf(scaled);
    expect(operations(graph)).toEqual(['Gemm']);
    expect(graph.outputs[0]!.attributes).toMatchObject({ alpha: 3, beta: 2.5 });
  });

  it('leave no moves in the gradient of a layer', () => {
    const moves = new Set(['Transpose', 'Reshape', 'Expand', 'Tile', 'Cast', 'ReduceSum']);
    const found = operations(graphOf(({ x, w, b }) => ({ g: layerGradient({ x, w, b }).w })));
    expect(found.filter((op) => moves.has(op))).toEqual([]);
  });

  it('add several products in one chain', () => {
    const twice = ({ x, w, b }: Inputs) => add(add(matMul(x, w), matMul(tanh(x), w)), add(matMul(exp(x), w), b));
    expect(operations(graphOf(twice)).filter((op) => op === 'Add' || op === 'Sum')).toEqual([]);
  });

  it('compute what is written twice once', () => {
    const twice = ({ x }: Inputs) => add(exp(square(x)), exp(mul(x, x)));
    expect(operations(graphOf(twice)).filter((op) => op === 'Exp')).toHaveLength(1);
  });

  it('make nothing of zeros, ones, and moves that cancel', () => {
    const idle = ({ x }: Inputs) =>
      add(mul(reshape(transpose(transpose(x)), [n, m]), onesLike(x)), mul(sub(zeros([n, m]), 0), exp(x)));
    const graph = graphOf(idle);
    expect(graph.outputs).toEqual([graph.inputs[0]]);
  });

  it('leave copies to broadcasting', () => {
    const copies = ({ x, b }: Inputs) => mul(concat([x, x], 0), tile(reshape(sum(b), [1, 1]), [2 * n, m]));
    expect(operations(graphOf(copies)).filter((op) => op === 'Tile' || op === 'Expand')).toEqual([]);
  });

  it('compute constants now', () => {
    const constants = () => mul(add(scalar(2), 3), exp(zeros([2, 2])));
    const [output] = graphOf(constants).outputs;
    expect(output).toMatchObject({ op: 'Constant', shape: [2, 2], values: Float32Array.of(5) });
  });

  it('share out sums over rows among threads', () => {
    const parts = sorted(graphOf(layerGradient, 4).outputs).filter(({ op }) => op === 'FusedMatMul');
    expect(parts.map(({ shape }) => shape[0])).toEqual([4, 4]);
  });

  it('have nothing left to do the second time', () => {
    const once = graphOf(layerGradient);
    expect(operations(optimize(once, 1))).toEqual(operations(once));
  });
});

describe('large batches', () => {
  beforeAll(useCpu);

  const activation = (x: Tensor) => mul(softplus(mul(x, 20)), 1 / 20);
  const field = ([first, second, third]: Layer[], x: Tensor) => {
    const linear = (y: Tensor, { w, b }: Layer) => add(matMul(y, w), b);
    return linear(activation(linear(activation(linear(x, first!)), second!)), third!);
  };
  /** A flow of two Euler steps with a finite-difference divergence: sums over evaluations in every gradient. */
  const flow = ({ layers, x, probe }: { layers: Layer[]; x: Tensor; probe: Tensor }) =>
    valueAndGradient((p: Layer[]) => {
      const v = field(p, x);
      const moved = field(p, add(x, mul(probe, 0.01)));
      const y = add(x, mul(add(v, field(p, add(x, v))), 0.5));
      return { loss: ops.mean(add(sum(square(y), 1), sum(mul(sub(moved, v), probe), 1))), aux: { y } };
    })(layers);
  const width = 32;
  const make = (name: string, from: number, to: number) => ({
    w: { ...normal(name, [from, to]), data: normal(name, [from, to]).data.map((v) => v / Math.sqrt(from)) },
    b: normal(`bias ${name}`, [to]),
  });
  const start = {
    layers: [make('1', 2, width), make('2', width, width), make('3', width, 2)],
    x: normal('points', [n, 2]),
    probe: normal('probe', [n, 2]),
  };

  it.each([1, 2, 3])('agree with eager tfjs on %i threads', async (threads) => {
    const engine = onnxEngine({ threads });
    const program = await engine.compile('flow', flow as never, start as never);
    // Softplus is exact to 1e-6 at worst; sums of 512 terms of either sign do the rest.
    expectClose((await program.run(start as never)) as never, eager(flow as never, start), 5e-6);
    engine.dispose();
  });
});

describe('softplus', () => {
  const engine = onnxEngine({ threads: 1 });
  afterAll(() => engine.dispose());

  const both = ({ x }: { x: Tensor }) => ({
    y: softplus(x),
    slope: valueAndGradient((p: { x: Tensor }) => ({ loss: sum(softplus(p.x)) }))({ x }).gradient.x,
  });
  const exact = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const on = (count: number): NdArray => ({
    shape: [count],
    data: Float32Array.from({ length: count }, (_, i) => -120 + (240 * i) / (count - 1)),
  });

  it('of many numbers is exact to 1e-6, and never negative; so is its slope', async () => {
    const x = on(100_001);
    const { y, slope } = await (await engine.compile('many', both, { x })).run({ x });
    const errors = Array.from(x.data, (v, i) => Math.abs(y.data[i]! - exact(v)) / Math.max(1, exact(v)));
    const slopeErrors = Array.from(x.data, (v, i) => Math.abs(slope.data[i]! - 1 / (1 + Math.exp(-v))));
    // Measured: 4.5e-7 and 4.8e-7, nearly all of it from ONNX Runtime's sigmoid.
    expect(Math.max(...errors)).toBeLessThan(1e-6);
    expect(Math.max(...slopeErrors)).toBeLessThan(1e-6);
    expect(y.data.every((v) => v >= 0)).toBe(true);
  });

  it('of a few numbers is exact to float32 rounding, relatively', async () => {
    const x = on(241);
    const { y } = await (await engine.compile('few', both, { x })).run({ x });
    const normalNumbers = Array.from(x.data, (v, i) => [exact(v), y.data[i]!] as const).filter(([e]) => e > 1e-37);
    const errors = normalNumbers.map(([e, got]) => Math.abs(got - e) / e);
    expect(Math.max(...errors)).toBeLessThan(5e-7);
  });
});
