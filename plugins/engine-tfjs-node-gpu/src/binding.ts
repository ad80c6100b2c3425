/** The two packages over TensorFlow's C library: the same code, with CUDA and on the processor. */

export type EngineId = 'tfjs-node-gpu' | 'tfjs-node';

export interface Binding {
  readonly id: EngineId;
  readonly package: string;
  /** The version of tfjs-core that it brings has to be ours. */
  readonly version: string;
  readonly gpu: boolean;
  /** Registers the backend with tfjs. */
  readonly load: () => Promise<unknown>;
}

export const bindings: Readonly<Record<EngineId, Binding>> = {
  'tfjs-node-gpu': {
    id: 'tfjs-node-gpu',
    package: '@tensorflow/tfjs-node-gpu',
    version: '4.22.0',
    gpu: true,
    load: () => import('@tensorflow/tfjs-node-gpu'),
  },
  'tfjs-node': {
    id: 'tfjs-node',
    package: '@tensorflow/tfjs-node',
    version: '4.22.0',
    gpu: false,
    load: () => import('@tensorflow/tfjs-node'),
  },
};
