import { defineEngine, definePlugin } from '@wasserflow/core';
import { z } from 'zod';
import { startOnnxEngine } from './engine.js';

export { onnxEngine, startOnnxEngine, type OnnxEngine, type OnnxEngineOptions } from './engine.js';

const onnx = defineEngine({
  id: 'onnx',
  title: 'ONNX Runtime: each function compiled to one graph',
  options: z.strictObject({
    threads: z.int().min(1).optional(),
    device: z.enum(['cpu', 'webgpu']).default('cpu'),
  }),
  cite: ['onnxruntime'],
  variants: [{ device: 'cpu' }, { device: 'webgpu' }],
  create: (options) => startOnnxEngine(options),
});

export default definePlugin({ name: '@wasserflow/engine-onnx', contract: 1, contributes: [onnx] });
