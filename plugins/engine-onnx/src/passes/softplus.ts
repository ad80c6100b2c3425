/**
 * softplus(x) = log(1 + e^x) of many numbers without a logarithm, which ONNX Runtime takes one at a time.
 *
 * softplus(x) = max(x, 0) + g(|x|), g(a) = log(1 + e^-a). With y = sigmoid(a + b), which ONNX Runtime computes
 * in vectors, g(a) = log(2)/2 - 2 artanh of a fraction linear in y, odd about y0, if b = log(1 + sqrt 2) and
 * y0 = (2 + sqrt 2)/4. So g(a) ~ log(2)/2 - s w ((w^2 + k)^2 + l) with w = y - y0; the minimax s, k, l leave
 * 2.1e-8. With float32 rounding, and most of all the error of ONNX Runtime's sigmoid (2e-7), the absolute
 * error stays below 1e-6 max(1, softplus(x)), and nothing is negative.
 */
import { sizeOf } from '@wasserflow/tensor';
import { rewrite, type Graph, type Node } from '../graph/node.js';
import { add, clip, div, hardSigmoid, mul, neg, sub, unary, uniform, where, binary } from '../graph/operations.js';

const b = Math.log(1 + Math.SQRT2);
const y0 = (2 + Math.SQRT2) / 4;
const s = 0.916389;
const k = 0.584736;
const l = 2.21502;

/** Fewer numbers than this are computed to full relative accuracy: their time does not count. */
const MANY = 4096;

const plus = (x: Node, value: number): Node => add(x, uniform(value));

/** -softplus(-x): a form with a sign that products take up, and that the derivative uses as it is. */
export function negativeSoftplus(x: Node): Node {
  const y = unary('Sigmoid', plus(unary('Abs', x), b));
  const w = plus(y, -y0);
  const u = plus(mul(w, w), k);
  const odd = mul(w, plus(mul(u, u), l));
  // log(2)/2 - s odd, and nothing below zero, in one operation.
  const g = hardSigmoid(odd, -s, Math.LN2 / 2);
  return sub(clip(x, { max: 0 }), g);
}

/** log(1 + x) = log(u) + (x - (u - 1)) / u with u = 1 + x rounded: exact to rounding for small x too. */
export function log1p(x: Node): Node {
  const u = plus(x, 1);
  const back = plus(u, -1);
  const logarithm = unary('Log', u);
  // Where nothing was lost, infinity included, there is nothing to add.
  return where(binary('Equal', back, x, 'bool'), logarithm, add(logarithm, div(sub(x, back), u)));
}

/** max(x, 0) + log(1 + e^-|x|). */
export const softplus = (x: Node): Node => add(unary('Relu', x), log1p(unary('Exp', neg(unary('Abs', x)))));

/**
 * Large softplus in terms of `NegativeSoftplus`, a name for `negativeSoftplus`, and where sigmoid(x) is there
 * too, 1 - e^-softplus(x): the derivative then needs only what the next layer keeps anyway, and x is free.
 */
export function shareSoftplus(graph: Graph): Graph {
  const negatives = new Map<Node, Node>();
  return rewrite(graph, (node) => {
    const [x] = node.inputs as [Node];
    if (node.op === 'Softplus' && sizeOf(x.shape) >= MANY) {
      if (!negatives.has(x)) negatives.set(x, unary('NegativeSoftplus', mul(x, uniform(-1))));
      return mul(negatives.get(x)!, uniform(-1));
    }
    const negative = node.op === 'Sigmoid' ? negatives.get(x) : undefined;
    return negative && sub(uniform(1), unary('Exp', negative));
  });
}
