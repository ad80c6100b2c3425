// A functional of one's own as a function of n equally weighted points [n, d], made of the operations that it is
// handed: G = (E|X|^2 - 1)^2 / 4. Its Wasserstein gradient, (E|X|^2 - 1) x, is found by differentiation.
export default (points, { mean, mul, square, sub, sum }) => {
  const excess = sub(mean(sum(square(points), 1)), 1);
  return mul(square(excess), 1 / 4);
};
