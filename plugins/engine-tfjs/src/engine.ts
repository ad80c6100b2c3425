import tf = require('@tensorflow/tfjs-core');
import { WasserflowError } from '@wasserflow/core';
import { eagerEngine, startBackend, type Engine } from '@wasserflow/tensor';

export type BackendName = 'cpu' | 'wasm';

const packages: Readonly<Record<BackendName, () => Promise<unknown>>> = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
};

/**
 * The eager engine on a tfjs backend that runs anywhere, on one thread.
 * @throws WasserflowError E_ENGINE when the backend cannot start here.
 */
export async function tfjsEngine(backend: BackendName): Promise<Engine> {
  try {
    await startBackend(backend, packages[backend]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WasserflowError('E_ENGINE', `tfjs backend \`${backend}\` cannot start: ${reason}`, { cause: error });
  }
  return eagerEngine({
    backend,
    report: { id: 'tfjs', version: tf.version_core, backend, threads: 1 },
    refuse: (message) => new WasserflowError('E_ARGUMENT', message),
  });
}
