import { tree, type Arrays, type Engine, type NdArray, type Program, type ShapeOf } from '@wasserflow/tensor';
import type { TensorTree, Tree } from '@wasserflow/tensor';

type AnyProgram = Program<TensorTree, TensorTree>;

/** Compiled functions, each compiled once for its owner, its name and the shapes of its inputs. */
export interface ProgramCache {
  /**
   * @param owner - the object whose identity says that `fn` is the same function again
   * @param name - tells apart the functions of one owner
   */
  run<I extends TensorTree, O extends TensorTree>(
    owner: object,
    name: string,
    fn: (inputs: I) => O,
    inputs: Arrays<I>,
  ): Promise<Arrays<O>>;
  dispose(): Promise<void>;
}

/** So many programs are kept; beyond, the one not used for the longest time goes. */
const MOST_PROGRAMS = 128;

/** The shapes of a tree of arrays as text, e.g. `x[3,2] y[4,2]`. */
const shapesOf = (inputs: unknown): string =>
  tree
    .namedLeaves(inputs as Tree<NdArray>)
    .map(([name, { shape }]) => `${name}[${shape.join(',')}]`)
    .join(' ');

/** Whole numbers that tell objects apart, without keeping them alive. */
function numbering(): (object: object) => number {
  const numbers = new WeakMap<object, number>();
  let next = 0;
  return (object) => {
    const known = numbers.get(object) ?? next++;
    numbers.set(object, known);
    return known;
  };
}

/** Programs on an engine, compiled when first needed. */
export function programCache(engine: Engine): ProgramCache {
  const programs = new Map<string, Promise<AnyProgram>>();
  const numberOf = numbering();

  async function release(made: Promise<AnyProgram>): Promise<void> {
    // A program that failed to compile has told so to its caller, and holds nothing.
    const [outcome] = await Promise.allSettled([made]);
    if (outcome.status === 'fulfilled') outcome.value.dispose();
  }

  function remember(key: string, program: Promise<AnyProgram>): void {
    programs.delete(key); // the last one used stands last
    programs.set(key, program);
    const [oldest] = programs;
    if (programs.size <= MOST_PROGRAMS || oldest === undefined) return;
    programs.delete(oldest[0]);
    void release(oldest[1]);
  }

  return {
    async run<I extends TensorTree, O extends TensorTree>(
      owner: object,
      name: string,
      fn: (inputs: I) => O,
      inputs: Arrays<I>,
    ) {
      const key = `${numberOf(owner)} ${name} ${shapesOf(inputs)}`;
      const known = programs.get(key) as Promise<Program<I, O>> | undefined;
      const program = known ?? engine.compile(name, fn, inputs as ShapeOf<I>);
      remember(key, program as unknown as Promise<AnyProgram>);
      return (await program).run(inputs);
    },
    async dispose() {
      const made = [...programs.values()];
      programs.clear();
      await Promise.all(made.map(release));
    },
  };
}
