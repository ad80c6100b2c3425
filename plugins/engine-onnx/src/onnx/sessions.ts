/** ONNX Runtime sessions, one for each model, shared by the programs that use it. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { WasserflowError } from '@wasserflow/core';
import type * as OnnxRuntime from 'onnxruntime-node';
import type { InferenceSession } from 'onnxruntime-node';

export type Device = 'cpu' | 'webgpu';

/** The version of ONNX Runtime. */
export const version = (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version;

export interface SharedSession {
  readonly session: InferenceSession;
  readonly runtime: typeof OnnxRuntime;
  /** Gives the session back; the last to do so frees it. */
  release(): void;
}

const options = (device: Device, threads: number): InferenceSession.SessionOptions => ({
  executionProviders: [device],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  // Errors are thrown; they need not be printed too.
  logSeverityLevel: 4,
});

/** The last sentence of the first line, without the place in ONNX Runtime's sources before it. */
const sentence = (message: string): string => message.split('\n')[0]!.split(' was false. ').at(-1)!;

/** The native library is loaded with the first session: a command that computes nothing does without. */
async function load(): Promise<typeof OnnxRuntime> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const reason = sentence(error instanceof Error ? error.message : String(error));
    throw new WasserflowError(
      'E_ENGINE',
      `ONNX Runtime ${version} cannot be loaded on this machine (${reason}); use engine \`tfjs\``,
      { cause: error },
    );
  }
}

type Opened = Omit<SharedSession, 'release'>;

async function open(device: Device, threads: number, model: Uint8Array): Promise<Opened> {
  const runtime = await load();
  try {
    return { runtime, session: await runtime.InferenceSession.create(model, options(device, threads)) };
  } catch (error) {
    const reason = sentence(error instanceof Error ? error.message : String(error));
    const message =
      device === 'cpu'
        ? `ONNX Runtime ${version} refuses a compiled function: ${reason}`
        : `ONNX Runtime ${version} finds no adapter for device \`${device}\` here; use device \`cpu\` (${reason})`;
    throw new WasserflowError('E_ENGINE', message, { cause: error });
  }
}

interface Entry {
  readonly opening: Promise<Opened>;
  users: number;
}

export interface Sessions {
  share(model: Uint8Array): Promise<SharedSession>;
  count(): number;
}

/** A pool of sessions keyed by the hash of their model. */
export function sessionPool(device: Device, threads: number): Sessions {
  const entries = new Map<string, Entry>();
  const leave = async (key: string, entry: Entry): Promise<void> => {
    entry.users--;
    if (entry.users > 0) return;
    entries.delete(key);
    await (await entry.opening).session.release();
  };
  return {
    count: () => entries.size,
    async share(model) {
      const key = createHash('sha256').update(model).digest('hex');
      const entry = entries.get(key) ?? { opening: open(device, threads, model), users: 0 };
      entries.set(key, entry);
      entry.users++;
      try {
        return { ...(await entry.opening), release: () => void leave(key, entry) };
      } catch (error) {
        entries.delete(key);
        throw error;
      }
    },
  };
}
