import { defineEngine, definePlugin } from '@wasserflow/core';
import { z } from 'zod';
import { tfjsEngine } from './engine.js';

export { tfjsEngine } from './engine.js';

const tfjs = defineEngine({
  id: 'tfjs',
  title: 'TensorFlow.js, eager, one thread',
  options: z.strictObject({ backend: z.enum(['wasm', 'cpu']).default('wasm') }),
  cite: ['smilkov2019tensorflowjs'],
  variants: [{ backend: 'wasm' }, { backend: 'cpu' }],
  create: ({ backend }) => tfjsEngine(backend),
});

export default definePlugin({ name: '@wasserflow/engine-tfjs', contract: 1, contributes: [tfjs] });
