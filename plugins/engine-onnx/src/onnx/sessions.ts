/** ONNX Runtime sessions, one for each model, shared by the programs that use it. */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { WasserflowError } from '@wasserflow/core';
import { InferenceSession, listSupportedBackends } from 'onnxruntime-node';

export type Device = 'cpu' | 'webgpu';

/** The version of ONNX Runtime. */
export const version = (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version;

export interface SharedSession {
  readonly session: InferenceSession;
  /** Gives the session back; the last to do so frees it. */
  release(): void;
}

const options = (device: Device, threads: number): InferenceSession.SessionOptions => ({
  executionProviders: [device],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
});

async function open(device: Device, threads: number, model: Uint8Array): Promise<InferenceSession> {
  if (!listSupportedBackends().some(({ name }) => name === device))
    throw new WasserflowError('E_ENGINE', `ONNX Runtime ${version} has no device \`${device}\` here; use \`cpu\``);
  try {
    return await InferenceSession.create(model, options(device, threads));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WasserflowError('E_ENGINE', `ONNX Runtime cannot start on \`${device}\`: ${reason}`, { cause: error });
  }
}

interface Entry {
  readonly opening: Promise<InferenceSession>;
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
    await (await entry.opening).release();
  };
  return {
    count: () => entries.size,
    async share(model) {
      const key = createHash('sha256').update(model).digest('hex');
      const entry = entries.get(key) ?? { opening: open(device, threads, model), users: 0 };
      entries.set(key, entry);
      entry.users++;
      try {
        const session = await entry.opening;
        return { session, release: () => void leave(key, entry) };
      } catch (error) {
        entries.delete(key);
        throw error;
      }
    },
  };
}
