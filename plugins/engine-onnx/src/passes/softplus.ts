/**
 * softplus(x) = log(1 + e^x) without a logarithm, which ONNX Runtime computes one number at a time.
 *
 * softplus(x) = max(x, 0) + g(|x|), g(a) = log(1 + e^-a). With y = sigmoid(a + b), which ONNX Runtime computes
 * in vectors, g is 2 artanh of a fraction linear in y, up to a constant: odd about a centre. So
 * g(a) ~ c - w ((w^2 + k)^2 + l), w = y - y0, and the minimax constants b, y0, k, l, c leave 4.3e-8, less
 * than float32 rounds.
 */
import { rewrite, type Graph, type Node } from '../graph/node.js';
import { add, mul, sub, unary, uniform } from '../graph/operations.js';

const b = 0.90405998;
const y0 = 0.84022647;
const k = 0.56164956;
const l = 2.06486227;
const c = 0.38499662;

const plus = (x: Node, value: number): Node => add(x, uniform(value));

/** -softplus(x): the form that the derivative takes up. */
export function negativeSoftplus(x: Node): Node {
  const y = unary('Sigmoid', plus(unary('Abs', x), b));
  const w = plus(y, -y0);
  const u = plus(mul(w, w), k);
  const odd = mul(w, plus(mul(u, u), l));
  return sub(plus(odd, -c), unary('Relu', x));
}

/**
 * Softplus by its negative, a name for `negativeSoftplus`, and sigmoid(x) = 1 - e^-softplus(x) where both are
 * there: the derivative then needs only what the next layer keeps anyway, and x is free.
 */
export function shareSoftplus(graph: Graph): Graph {
  const negatives = new Map<Node, Node>();
  return rewrite(graph, (node) => {
    const [x] = node.inputs as [Node];
    if (node.op === 'Softplus') {
      if (!negatives.has(x)) negatives.set(x, unary('NegativeSoftplus', x));
      return mul(negatives.get(x)!, uniform(-1));
    }
    const negative = node.op === 'Sigmoid' ? negatives.get(x) : undefined;
    return negative && sub(uniform(1), unary('Exp', negative));
  });
}
