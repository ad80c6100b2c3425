/**
 * softplus(x) = log(1 + e^x) of many numbers without a logarithm, which ONNX Runtime takes one at a time.
 *
 * softplus(x) = max(x, 0) + g(|x|), g(a) = log(1 + e^-a). With y = sigmoid(a + b), which ONNX Runtime computes
 * in vectors, g is 2 artanh of a fraction linear in y, up to a constant: odd about a centre. So
 * g(a) ~ c - w ((w^2 + k)^2 + l), w = y - y0. The minimax constants leave 4.3e-8; with float32 rounding and
 * ONNX Runtime's sigmoid the absolute error stays below 5e-7 max(1, softplus(x)), and nothing is negative.
 */
import { sizeOf } from '@wasserflow/tensor';
import { rewrite, type Graph, type Node } from '../graph/node.js';
import { add, clip, div, hardSigmoid, mul, neg, sub, unary, uniform, where, binary } from '../graph/operations.js';

const b = 0.90405998;
const y0 = 0.84022647;
const k = 0.56164956;
const l = 2.06486227;
// Three units in the last place less than the optimum: far out, g is then exactly zero.
const c = 0.38499659;

/** Fewer numbers than this are computed to full relative accuracy: their time does not count. */
const MANY = 4096;

const plus = (x: Node, value: number): Node => add(x, uniform(value));

/** -softplus(-x): a form with a sign that products take up, and that the derivative uses as it is. */
export function negativeSoftplus(x: Node): Node {
  const y = unary('Sigmoid', plus(unary('Abs', x), b));
  const w = plus(y, -y0);
  const u = plus(mul(w, w), k);
  const odd = mul(w, plus(mul(u, u), l));
  // c - odd, and nothing below zero, in one operation.
  const g = hardSigmoid(odd, -1, c);
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
