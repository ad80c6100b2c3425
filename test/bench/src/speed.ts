/** Engines and PyTorch on the five workloads, interleaved, beside the machine's own product peak. */
import { availableParallelism } from 'node:os';
import { onnxEngine } from '@wasserflow/engine-onnx';
import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { ops, stream, type Engine, type Tensor } from '@wasserflow/tensor';
import { race, table, type Contender } from './harness.js';
import { findPeer, startPeer, type Peer } from './peer.js';
import { hostWork, titles, workload, workloadNames, type WorkloadName } from './workloads.js';

/** Arithmetic of one W1 step: 24 evaluations of 133 MFLOP, forward and twice that backward. */
const W1_FLOP = 9.6e9;

const PRODUCTS = 20;

/** The float32 product 10000x128 by 128x128, many in one program, as a contender. */
async function products(engine: Engine): Promise<Contender & { flop: number }> {
  const rng = stream('peak');
  const inputs = {
    x: rng.normal([10_000, 128]),
    w: Array.from({ length: PRODUCTS }, (_, i) => rng.fork(i).normal([128, 128])),
  };
  const program = await engine.compile(
    'peak',
    ({ x, w }: { x: Tensor; w: readonly Tensor[] }) => ({
      y: ops.slice(
        w.reduce((y, wi) => ops.matMul(y, wi), x),
        [0, 0],
        [1, 1],
      ),
    }),
    inputs as never,
  );
  return {
    name: 'product peak',
    flop: PRODUCTS * 2 * 10_000 * 128 * 128,
    run: () => program.run(inputs),
    dispose: () => program.dispose(),
  };
}

const rounds: Readonly<Record<WorkloadName, number>> = { W1: 21, W2: 21, W3: 15, W4: 3, W5: 5 };

async function torchContender(torch: Peer, workload: WorkloadName, threads: number): Promise<Contender> {
  const peer = await startPeer(torch, [workload, String(threads)]);
  return { name: `PyTorch, ${threads} thread${threads > 1 ? 's' : ''}`, ...peer };
}

const isMapping = (name: WorkloadName): boolean => name === 'W4' || name === 'W5';

async function contenders(name: WorkloadName, onnx: Engine, torch: Peer | undefined): Promise<Contender[]> {
  // Mappings take PyTorch minutes; on one thread they would only take it longer.
  const threads = isMapping(name) ? [availableParallelism()] : [...new Set([1, availableParallelism()])];
  const peers = torch ? await Promise.all(threads.map((n) => torchContender(torch, name, n))) : [];
  return [await workload(onnx, name), ...peers];
}

/** Eager tfjs would take minutes for the mappings: it maps a share of their points, and is scaled up. */
const eagerShare: Readonly<Record<WorkloadName, number>> = { W1: 1, W2: 1, W3: 1, W4: 0.01, W5: 0.1 };

async function eagerMs(name: WorkloadName): Promise<number> {
  const contender = await workload(await tfjsEngine('wasm'), name, eagerShare[name]);
  const [timing] = await race([contender], { rounds: 2, warmup: 1 });
  await contender.dispose?.();
  return timing!.median / eagerShare[name];
}

/** Milliseconds of a W1 step spent on random numbers, feeding and reading back. */
async function hostMs(): Promise<number> {
  const engine = onnxEngine();
  const contender = await hostWork(engine);
  const [timing] = await race([contender], { rounds: 200, warmup: 20 });
  await contender.dispose?.();
  engine.dispose();
  return timing!.median;
}

export interface SpeedResult {
  readonly workload: WorkloadName;
  readonly onnxMs: number;
  readonly torchMs: number | undefined;
  readonly tfjsMs: number;
  readonly peakGflops: number;
}

async function measure(name: WorkloadName, torch: Peer | undefined): Promise<SpeedResult> {
  const onnx = await onnxEngine();
  const peak = await products(onnx);
  const racing = [...(await contenders(name, onnx, torch)), peak];
  const timings = await race(racing, { rounds: rounds[name], warmup: isMapping(name) ? 1 : 3 });
  for (const { dispose } of racing) await dispose?.();
  onnx.dispose();
  const torchTimes = timings.filter((t) => t.name.startsWith('PyTorch')).map((t) => t.median);
  return {
    workload: name,
    onnxMs: timings[0]!.median,
    torchMs: torchTimes.length > 0 ? Math.min(...torchTimes) : undefined,
    tfjsMs: await eagerMs(name),
    peakGflops: peak.flop / timings.at(-1)!.median / 1e6,
  };
}

const row = ({ workload: name, onnxMs, torchMs, tfjsMs, peakGflops }: SpeedResult): (string | number)[] => [
  name,
  onnxMs,
  torchMs ?? '-',
  tfjsMs,
  torchMs === undefined ? '-' : onnxMs / torchMs,
  tfjsMs / onnxMs,
  peakGflops,
];

/** Prints the table; returns its numbers. */
export async function speed(asked: readonly WorkloadName[] = workloadNames): Promise<unknown> {
  const torch = await findPeer('torch_peer.py');
  const results: SpeedResult[] = [];
  for (const name of asked) {
    results.push(await measure(name, torch));
    console.log(`${name} measured`);
  }
  const header = [
    'workload',
    'onnx (ms)',
    'PyTorch (ms)',
    'tfjs wasm (ms)',
    'onnx / PyTorch',
    'tfjs / onnx',
    'peak (GFLOP/s)',
  ];
  console.log(table(header, results.map(row)));
  for (const name of asked) console.log(`${name}: ${titles[name]}`);
  const w1 = results.find((r) => r.workload === 'W1');
  if (w1) {
    const host = await hostMs();
    console.log(`W1 over its arithmetic floor: ${(w1.onnxMs / (W1_FLOP / w1.peakGflops / 1e6)).toFixed(2)}`);
    console.log(`W1 on the host: ${host.toFixed(2)} ms, ${((100 * host) / w1.onnxMs).toFixed(1)} %`);
  }
  console.log(
    torch
      ? `PyTorch ${torch.version}, the better of one thread and all`
      : 'PyTorch: not found (Debian: apt-get install python3-torch)',
  );
  return results;
}
