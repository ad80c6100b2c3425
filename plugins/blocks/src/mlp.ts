import {
  ndarray,
  ops,
  type ArrayTree,
  type NdArray,
  type Stream,
  type Tensor,
  type TensorTree,
} from '@wasserflow/tensor';
import type { VelocityField } from '@wasserflow/core';
import type { Activation } from './activations.js';

export interface MlpOptions {
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  /** Whether the field depends on t; without it the flow is autonomous. */
  readonly time: boolean;
}

interface Layer {
  /** `[in, out]`. */
  readonly weight: Tensor;
  /** `[out]`. */
  readonly bias: Tensor;
  /** Weights of t, `[out]`; in the first layer of a field that depends on t. */
  readonly time?: Tensor;
}

const { add, expandDims, matMul, mul, reshape, sum, transpose } = ops;

const layersOf = (parameters: TensorTree): readonly Layer[] =>
  (parameters as unknown as { layers: readonly Layer[] }).layers;

const biasAt = ({ bias, time }: Layer, t: number): Tensor => (time ? add(bias, mul(time, t)) : bias);
const affine = (layer: Layer, x: Tensor, t: number): Tensor => add(matMul(x, layer.weight), biasAt(layer, t));

const scaledNormal = (rng: Stream, shape: readonly number[], scale: number): NdArray => {
  const { data } = rng.normal(shape);
  return ndarray(
    (data as Float32Array).map((z) => z * scale),
    shape,
  );
};

/** The last layer starts small, so that a new block starts close to the identity. */
const LAST_LAYER_SCALE = 0.01;

function initLayer(rng: Stream, inputs: number, outputs: number, scale: number, time: boolean): ArrayTree {
  return {
    weight: scaledNormal(rng.fork('weight'), [inputs, outputs], scale / Math.sqrt(inputs)),
    bias: ndarray(new Float32Array(outputs), [outputs]),
    ...(time && { time: scaledNormal(rng.fork('time'), [outputs], scale) }),
  };
}

/** The directions along which a divergence is summed: row i is the i-th row of the first weights. */
function firstTangents(weight: Tensor, derivative: Tensor): Tensor {
  return mul(expandDims(weight, 0), expandDims(derivative, 1));
}

/** `[n, d, in]` times `[in, out]`, as one product. */
function matMulTangents(tangents: Tensor, weight: Tensor): Tensor {
  const [n, d, width] = tangents.shape as [number, number, number];
  return reshape(matMul(reshape(tangents, [n * d, width]), weight), [n, d, weight.shape[1]!]);
}

/**
 * A multilayer perceptron v(x, t) = W_L s(... s(W_1 x + w t + b_1) ...) + b_L.
 *
 * Jacobian-vector products go forward through the layers next to the values: exact, no finite difference,
 * and still differentiable in the parameters.
 */
export function mlp({ hidden, activation, time }: MlpOptions): VelocityField {
  return {
    init(rng, dimension) {
      const widths = [dimension, ...hidden, dimension];
      const last = hidden.length;
      const layers = widths
        .slice(1)
        .map((outputs, i) =>
          initLayer(rng.fork('layer', i), widths[i]!, outputs, i === last ? LAST_LAYER_SCALE : 1, time && i === 0),
        );
      return { layers };
    },

    value(parameters, x, t) {
      const layers = layersOf(parameters);
      return layers.slice(1).reduce((a, layer) => affine(layer, activation.value(a), t), affine(layers[0]!, x, t));
    },

    jvp(parameters, x, t, u) {
      const [first, ...rest] = layersOf(parameters) as [Layer, ...Layer[]];
      let value = affine(first, x, t);
      let tangent = matMul(u, first.weight);
      for (const layer of rest) {
        const s = activation.withDerivative(value);
        value = affine(layer, s.value, t);
        tangent = matMul(mul(s.derivative, tangent), layer.weight);
      }
      return { value, tangent };
    },

    /** All d tangents at once; of the last product only the trace is formed. */
    divergence(parameters, x, t) {
      const [first, ...rest] = layersOf(parameters) as [Layer, ...Layer[]];
      const last = rest.pop()!;
      let s = activation.withDerivative(affine(first, x, t));
      let tangents = firstTangents(first.weight, s.derivative);
      for (const layer of rest) {
        s = activation.withDerivative(affine(layer, s.value, t));
        tangents = mul(matMulTangents(tangents, layer.weight), expandDims(s.derivative, 1));
      }
      const value = affine(last, s.value, t);
      return { value, divergence: sum(mul(tangents, expandDims(transpose(last.weight), 0)), [1, 2]) };
    },
  };
}
