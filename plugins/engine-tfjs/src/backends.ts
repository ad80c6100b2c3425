/** Loading tfjs backends, and the only place that switches between them. */
import * as tf from '@tensorflow/tfjs-core';
import { WasserflowError } from '@wasserflow/core';
import { registerGradients } from '@wasserflow/tensor';

export type BackendName = 'cpu' | 'wasm';

const loaders: Readonly<Record<BackendName, () => Promise<unknown>>> = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: () => import('@tensorflow/tfjs-backend-wasm'),
};

/** The cpu backend recommends another package at its first write; that advice is not ours to give. */
function quietly(action: () => void): void {
  const before = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  action();
  tf.env().set('PROD', before);
}

/**
 * Loads a backend and checks that it computes.
 * @throws WasserflowError E_ENGINE when it cannot start here.
 */
export async function loadBackend(name: BackendName): Promise<void> {
  const before = tf.engine().backendName;
  try {
    await loaders[name]();
    const ready = await tf.setBackend(name);
    if (!ready) throw new Error('its initialisation failed');
    registerGradients();
    quietly(() => tf.tidy(() => tf.scalar(1).dataSync()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WasserflowError('E_ENGINE', `tfjs backend \`${name}\` cannot start: ${reason}`, { cause: error });
  } finally {
    if (before && before !== name) await tf.setBackend(before);
  }
}

/** Runs synchronous tfjs code on a loaded backend, and puts the former one back. */
export function onBackend<T>(name: BackendName, action: () => T): T {
  const before = tf.engine().backendName;
  if (before === name) return action();
  // For a loaded backend the switch happens before the promise is returned.
  void tf.setBackend(name);
  try {
    return action();
  } finally {
    if (before) void tf.setBackend(before);
  }
}
