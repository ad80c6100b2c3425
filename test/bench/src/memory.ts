/** Many steps of W1 on the compiled engine: resident memory after each tenth, and the peak. */
import { onnxEngine } from '@wasserflow/engine-onnx';
import { table } from './harness.js';
import { workload } from './workloads.js';

const STEPS = 10_000;
const MIB = 2 ** 20;

export async function memory(): Promise<Record<string, unknown>> {
  const engine = onnxEngine();
  const { run, dispose } = await workload(engine, 'W1');
  const resident: number[] = [];
  for (let i = 1; i <= STEPS; i++) {
    await run();
    if (i % (STEPS / 10) === 0) resident.push(process.memoryUsage().rss / MIB);
  }
  await dispose?.();
  engine.dispose();
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    table(
      ['steps', 'resident (MiB)'],
      resident.map((rss, i) => [String((i + 1) * (STEPS / 10)), rss]),
    ),
  );
  console.log(`peak ${peak.toFixed(0)} MiB`);
  return { resident, peak };
}
