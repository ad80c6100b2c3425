import type { Engine, NdArray, Program, Tensor } from '@wasserflow/tensor';
import type { Evaluation } from './energies.js';

type PointProgram = Program<{ points: Tensor }, { result: Tensor }>;

/** Compiled functions of points, each compiled once for its owner, name and number of points. */
export interface Programs {
  run(name: string, evaluation: Evaluation, points: NdArray): Promise<NdArray>;
  dispose(): Promise<void>;
}

export function createPrograms(engine: Engine): Programs {
  const byOwner = new Map<object, Map<string, Promise<PointProgram>>>();
  const all: Promise<PointProgram>[] = [];

  function programOf(name: string, { owner, of }: Evaluation, { shape }: NdArray): Promise<PointProgram> {
    const programs = byOwner.get(owner) ?? new Map<string, Promise<PointProgram>>();
    const key = `${name}[${shape.join(', ')}]`;
    const known = programs.get(key);
    if (known) return known;
    const evaluate = ({ points }: { points: Tensor }) => ({ result: of(points) });
    const program = engine.compile(key, evaluate, { points: { shape } });
    byOwner.set(owner, programs.set(key, program));
    all.push(program);
    return program;
  }

  return {
    async run(name, evaluation, points) {
      const program = await programOf(name, evaluation, points);
      return (await program.run({ points })).result;
    },
    async dispose() {
      byOwner.clear();
      // A program that failed to compile has told so to its caller, and holds nothing.
      for (const made of await Promise.allSettled(all.splice(0))) if (made.status === 'fulfilled') made.value.dispose();
    },
  };
}
