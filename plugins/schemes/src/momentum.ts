/** The momentum of Nesterov's method for convex problems after k - 1 steps: (k - 1) / (k - 1 + r), r >= 3. */
export const nesterovMomentum = (k: number, r: number): number => (k <= 1 ? 0 : (k - 1) / (k - 1 + r));

/** That of strongly convex problems: (1 - sqrt(beta gamma)) / (1 + sqrt(beta gamma)), beta the convexity. */
export function stronglyConvexMomentum(beta: number, gamma: number): number {
  const root = Math.sqrt(beta * gamma);
  return (1 - root) / (1 + root);
}
