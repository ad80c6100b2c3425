/** tfjs backends: the only place that switches between them. */
import tf = require('@tensorflow/tfjs-core');
import { registerGradients } from './gradients.js';

/** Packages of tfjs recommend each other and tell of every kernel that they find twice; neither is our advice. */
async function quietly(action: () => Promise<void>): Promise<void> {
  const before = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    await action();
  } finally {
    tf.env().set('PROD', before);
  }
}

async function start(name: string, load: () => Promise<unknown>): Promise<void> {
  const before = tf.engine().backendName;
  try {
    await load();
    const ready = await tf.setBackend(name);
    if (!ready) throw new Error('its initialisation failed');
    registerGradients();
    tf.tidy(() => tf.scalar(1).dataSync());
  } finally {
    if (before && before !== name) await tf.setBackend(before);
  }
}

/**
 * Loads a backend and checks that it computes; the one in force before stays in force.
 *
 * @param load - imports the package that registers the backend; where that package brings tfjs's own
 *   gradients, ours replace them again
 * @throws Error when it cannot start here.
 */
export const startBackend = (name: string, load: () => Promise<unknown>): Promise<void> =>
  quietly(() => start(name, load));

/** Runs synchronous tfjs code on a started backend, and puts the former one back. */
export function onBackend<T>(name: string, action: () => T): T {
  const before = tf.engine().backendName;
  if (before === name) return action();
  // For a started backend the switch happens before the promise is returned.
  void tf.setBackend(name);
  try {
    return action();
  } finally {
    if (before) void tf.setBackend(before);
  }
}
