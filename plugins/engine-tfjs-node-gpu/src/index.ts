import { defineEngine, definePlugin } from '@wasserflow/core';
import { z } from 'zod';
import { bindings, type EngineId } from './binding.js';
import { diagnose } from './diagnosis.js';
import { tfjsNodeEngine } from './engine.js';
import { thisMachine } from './machine.js';

export { bindings, type Binding, type EngineId } from './binding.js';
export { diagnose } from './diagnosis.js';
export { tfjsNodeEngine, type TfjsNodeOptions } from './engine.js';
export { thisMachine, type Installed, type Machine } from './machine.js';

const engine = (id: EngineId, title: string) =>
  defineEngine({
    id,
    title,
    options: z.strictObject({ threads: z.int().positive().optional() }),
    cite: ['smilkov2019tensorflowjs'],
    diagnose: async () => diagnose(bindings[id], thisMachine()),
    create: (options) => tfjsNodeEngine(id, options),
  });

export default definePlugin({
  name: '@wasserflow/engine-tfjs-node-gpu',
  contract: 1,
  contributes: [
    engine('tfjs-node-gpu', "TensorFlow.js, eager, on TensorFlow's C library with CUDA"),
    engine('tfjs-node', "TensorFlow.js, eager, on TensorFlow's C library, all cores"),
  ],
});
