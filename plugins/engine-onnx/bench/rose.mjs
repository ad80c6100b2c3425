/**
 * The JKO-iFlow training step (network, RK4, finite-difference divergence, loss, clip, Adam) as one program.
 *
 * node bench/rose.mjs [threads=all] [steps=20] [batch=2000]
 */
import { availableParallelism } from 'node:os';
import { adam, ops, stream, valueAndGradient } from '@wasserflow/tensor';
import { onnxEngine } from '../dist/index.js';

const { add, matMul, mul, softplus, square, sub, sum, mean, zeros } = ops;
const [width, dimension, intervals, h, sigma] = [128, 2, 3, 0.25, 0.02 / Math.SQRT2];
const beta = 20;

export function initial(seed = 0) {
  const rng = stream(seed);
  const sizes = [dimension, width, width, width, dimension];
  return sizes.slice(1).map((out, i) => {
    const fan = sizes[i];
    const uniform = (name, shape) => {
      const u = rng.fork(i, name).uniform(shape);
      return { shape, data: u.data.map((v) => (2 * v - 1) / Math.sqrt(fan)) };
    };
    return { weight: uniform('w', [fan, out]), bias: uniform('b', [out]) };
  });
}

const field = (layers, x) =>
  layers.reduce((y, { weight, bias }, i) => {
    const z = add(matMul(y, weight), bias);
    return i + 1 < layers.length ? mul(softplus(mul(z, beta)), 1 / beta) : z;
  }, x);

function velocityAndDivergence(layers, x, probe) {
  const v = field(layers, x);
  const moved = field(layers, add(x, mul(probe, sigma)));
  return [v, sum(mul(mul(sub(moved, v), 1 / sigma), probe), 1)];
}

const optimizer = adam({ learningRate: 1e-4, clip: 1 });

function loss(layers, x0, probes) {
  const dt = 1 / intervals;
  let x = x0;
  let integral = zeros([x0.shape[0]]);
  for (const probe of probes) {
    const [k1, d1] = velocityAndDivergence(layers, x, probe);
    const [k2, d2] = velocityAndDivergence(layers, add(x, mul(k1, dt / 2)), probe);
    const [k3, d3] = velocityAndDivergence(layers, add(x, mul(k2, dt / 2)), probe);
    const [k4, d4] = velocityAndDivergence(layers, add(x, mul(k3, dt)), probe);
    const rk = (a, b, c, d) => mul(add(add(a, mul(b, 2)), add(mul(c, 2), d)), dt / 6);
    x = add(x, rk(k1, k2, k3, k4));
    integral = add(integral, rk(d1, d2, d3, d4));
  }
  const energy = mul(sum(square(x), 1), 0.5);
  const moved = mul(sum(square(sub(x, x0)), 1), 1 / (2 * h));
  return mean(add(sub(energy, integral), moved));
}

export function roseStep({ parameters, state, x0, probes }) {
  const { loss: value, gradient } = valueAndGradient((p) => ({ loss: loss(p, x0, probes) }))(parameters);
  return { loss: value, ...optimizer.update(gradient, state, parameters) };
}

export function roseInputs(batch = 2000) {
  const parameters = initial();
  const rng = stream(1);
  const x0 = rng.fork('x').normal([batch, dimension]);
  x0.data.forEach((v, i) => (x0.data[i] = 2 * v));
  const probes = [0, 1, 2].map((i) => rng.fork('probe', i).normal([batch, dimension]));
  return { parameters, state: optimizer.init(parameters), x0, probes };
}

const chain = ({ x, w }) => {
  let y = x;
  for (let i = 0; i < 20; i++) y = matMul(y, w);
  return { y: sum(y) };
};

/** Time of a large product of matrices, the ceiling of this machine, in GFLOP/s. */
export async function peak(engine) {
  const rng = stream(2);
  const inputs = { x: rng.normal([10000, 128]), w: rng.normal([128, 128]) };
  inputs.w.data.forEach((v, i) => (inputs.w.data[i] = v / 12));
  const program = await engine.compile('peak', chain, inputs);
  const times = await timed(() => program.run(inputs), 9);
  program.dispose();
  return (20 * 2 * 10000 * 128 * 128) / times[0] / 1e6;
}

export async function timed(action, count) {
  for (let i = 0; i < 3; i++) await action();
  const times = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await action();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [threads = availableParallelism(), steps = 20, batch = 2000] = process.argv.slice(2).map(Number);
  const engine = onnxEngine({ threads });
  const inputs = roseInputs(batch);
  const start = performance.now();
  const program = await engine.compile('rose', roseStep, inputs);
  const compiled = performance.now() - start;
  let current = inputs;
  let last;
  const times = await timed(async () => {
    const { loss: value, parameters, state } = await program.run(current);
    current = { ...inputs, parameters, state };
    last = value.data[0];
  }, steps);
  const gflops = await peak(engine);
  // 24 velocity evaluations of 2 x (2 x 128 + 128 x 128 + 128 x 128 + 128 x 2) operations a point, times three.
  const floor = (24 * 3 * 2 * 33280 * batch) / gflops / 1e6;
  const median = times[times.length >> 1];
  const round = (x, digits = 1) => Number(x.toFixed(digits));
  console.log(
    JSON.stringify({
      threads,
      ms_per_step: round(median),
      fastest: round(times[0]),
      compile_ms: round(compiled, 0),
      loss: last,
      peak_gflops: round(gflops, 0),
      floor_ms: round(floor),
      times_floor: round(median / floor, 2),
    }),
  );
  engine.dispose();
}
