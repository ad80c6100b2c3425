/** Whether an engine starts and computes on this machine; where not, what is missing and what mends it. */
import { WasserflowError, type Definition, type Finding, type Wasserflow } from '@wasserflow/core';
import { ops, scalarArray, type Engine, type EngineReport, type Tensor } from '@wasserflow/tensor';

type Options = Readonly<Record<string, unknown>>;
type Problem = Pick<Finding, 'problem'> & Partial<Finding>;

interface Examined {
  readonly id: string;
  /** The options that it was started with, where they are not the defaults. */
  readonly options: Options;
}
export type EngineHealth = Examined & (EngineReport | { readonly problems: readonly Problem[] });

/** Some libraries are only opened by the first program. */
async function computes(engine: Engine): Promise<void> {
  const program = await engine.compile('doctor', ({ a }: { a: Tensor }) => ({ sum: ops.add(a, 1) }), {
    a: { shape: [] },
  });
  const { sum } = await program.run({ a: scalarArray(1) });
  program.dispose();
  if (sum.data[0] !== 2) throw new Error(`it computes 1 + 1 = ${sum.data[0]}`);
}

async function start({ create }: Wasserflow, id: string, options: Options): Promise<EngineReport> {
  const { value: engine, dispose } = await create('engine', { id, ...options });
  try {
    await computes(engine);
    return engine.report();
  } finally {
    await dispose();
  }
}

/** Whatever keeps an engine from starting is what a doctor is asked for; only our own sentences are short. */
function problemOf(error: unknown): string {
  const reason = error instanceof Error ? error.message : String(error);
  return error instanceof WasserflowError ? reason.replace(/^engine: /, '') : (reason.split('\n')[0] ?? '');
}

async function examined(id: string, options: Options, examine: () => Promise<EngineHealth>): Promise<EngineHealth> {
  try {
    return await examine();
  } catch (error) {
    return { id, options, problems: [{ problem: problemOf(error) }] };
  }
}

/** Every variant of an engine, one after the other; none is started where the engine knows what is missing. */
export async function examineEngine(wasserflow: Wasserflow, definition: Definition): Promise<EngineHealth[]> {
  const { id, variants = [{}], diagnose } = definition;
  const found: EngineHealth[] = [];
  for (const options of variants)
    found.push(
      await examined(id, options, async () => {
        const problems = (await diagnose?.()) ?? [];
        if (problems.length > 0) return { id, options, problems };
        return { options, ...(await start(wasserflow, id, options)) };
      }),
    );
  return found;
}
