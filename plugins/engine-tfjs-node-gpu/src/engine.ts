import { availableParallelism } from 'node:os';
import tf = require('@tensorflow/tfjs-core');
import { WasserflowError, ensure, type Finding } from '@wasserflow/core';
import { eagerEngine, startBackend, type Engine, type EngineReport } from '@wasserflow/tensor';
import { bindings, type Binding, type EngineId } from './binding.js';
import { diagnose } from './diagnosis.js';
import { thisMachine } from './machine.js';

/** The name under which both packages register with tfjs. */
const BACKEND = 'tensorflow';

/** What the packages' backend says of itself. */
interface TensorFlowBackend {
  readonly isGPUPackage: boolean;
  readonly isUsingGpuDevice: boolean;
  readonly binding: { readonly TF_Version: string };
}

export interface TfjsNodeOptions {
  /** How many cores an operation on the processor uses; all of them by default. */
  readonly threads?: number | undefined;
}

/** tfjs's types hide that there may be none. */
const runningBackend = () => tf.findBackend(BACKEND) as unknown as TensorFlowBackend | null;

const sentence = ({ problem, remedy }: Finding): string => `${problem} (mend it: ${remedy})`;

function checkMachine(binding: Binding): void {
  const findings = diagnose(binding, thisMachine());
  ensure(
    findings.length === 0,
    'E_ENGINE',
    () => `\`${binding.id}\` cannot start: ${findings.map(sentence).join('; ')}`,
  );
}

/** TensorFlow reads these once, when it is loaded; its advice on how to compile it is not for our users. */
function configure(threads: number): void {
  process.env['TF_NUM_INTRAOP_THREADS'] = String(threads);
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
}

/** A process holds one TensorFlow, whose threads are counted when it is loaded. */
function checkRunning({ id, gpu }: Binding, { isGPUPackage }: TensorFlowBackend, threads: number | undefined): void {
  const other = isGPUPackage ? 'tfjs-node-gpu' : 'tfjs-node';
  ensure(
    gpu === isGPUPackage,
    'E_ENGINE',
    `\`${id}\` cannot start beside \`${other}\`: a process holds one of them; use another process`,
  );
  const now = process.env['TF_NUM_INTRAOP_THREADS'];
  ensure(
    threads === undefined || String(threads) === now,
    'E_ENGINE',
    `\`${id}\` runs on ${now} threads in this process, and cannot change to ${threads}; use another process`,
  );
}

async function load(binding: Binding): Promise<TensorFlowBackend> {
  try {
    await startBackend(BACKEND, binding.load);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WasserflowError('E_ENGINE', `\`${binding.id}\` cannot start: ${reason}`, { cause: error });
  }
  return runningBackend()!;
}

function reportOf({ id, version, gpu }: Binding, { binding }: TensorFlowBackend): EngineReport {
  const threads = Number(process.env['TF_NUM_INTRAOP_THREADS']);
  const report = { id, version: `${version} (TensorFlow ${binding.TF_Version})`, backend: BACKEND, threads };
  return gpu ? { ...report, adapter: 'CUDA, GPU:0' } : report;
}

/**
 * The eager engine on TensorFlow's C library: `tfjs-node-gpu` with CUDA, `tfjs-node` on the processor.
 *
 * @throws WasserflowError E_ENGINE when something is missing here, with the command that mends it; when
 *   TensorFlow finds no GPU; when this process holds the other one already.
 */
export async function tfjsNodeEngine(id: EngineId, { threads }: TfjsNodeOptions = {}): Promise<Engine> {
  const binding = bindings[id];
  const running = runningBackend();
  if (running) checkRunning(binding, running, threads);
  else {
    checkMachine(binding);
    configure(threads ?? (Number(process.env['TF_NUM_INTRAOP_THREADS']) || availableParallelism()));
  }
  const backend = await load(binding);
  ensure(
    !binding.gpu || backend.isUsingGpuDevice,
    'E_ENGINE',
    `\`${id}\` cannot start: TensorFlow finds no GPU, see what it printed and \`nvidia-smi\`; on the processor use \`tfjs-node\``,
  );
  return eagerEngine({
    backend: BACKEND,
    report: reportOf(binding, backend),
    refuse: (message) => new WasserflowError('E_ARGUMENT', message),
  });
}
