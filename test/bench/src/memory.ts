/** Many steps of W1 on the compiled engine: resident memory after each tenth, and the peak. */
import { onnxEngine } from '@wasserflow/engine-onnx';
import { workload } from './workloads.js';

const STEPS = 10_000;
const MIB = 2 ** 20;

export async function memory(): Promise<Record<string, unknown>> {
  const engine = onnxEngine();
  const { run, dispose } = await workload(engine, 'W1');
  const resident: number[] = [];
  for (let i = 1; i <= STEPS; i++) {
    await run();
    if (i % (STEPS / 10) !== 0) continue;
    resident.push(process.memoryUsage().rss / MIB);
    // It takes long: what is known is told.
    console.log(`${i} steps: ${resident.at(-1)!.toFixed(0)} MiB`);
  }
  await dispose?.();
  engine.dispose();
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(`peak ${peak.toFixed(0)} MiB`);
  return { resident, peak };
}
