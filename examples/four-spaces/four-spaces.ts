// One problem on every exact space: KL and W2 to N(0, 1) from N(3, 4), printed and drawn in one picture.
// `node examples/four-spaces/dist/four-spaces.js [picture.svg]`
import { writeFile } from 'node:fs/promises';
import { createWasserflow } from '@wasserflow/core';
import { curveChart, type Curve } from '@wasserflow/report';
import { firstPartyPlugins } from 'wasserflow';

const [picture = 'four-spaces.svg'] = process.argv.slice(2);
const steps = { count: 20, size: 0.1 };
const meters = ['value', 'w2-to-target'] as const;
const wasserflow = createWasserflow({ plugins: await firstPartyPlugins() });

// Clouds have no proximal step of the entropy: they follow its gradient, beside the Gaussian that does so too.
const contenders = [
  { scheme: 'jko', space: 'gaussian' },
  { scheme: 'jko', space: { id: 'quantile', nodes: 400 } },
  { scheme: 'jko', space: { id: 'grid', cells: 400 } },
  { scheme: 'forward-euler', space: 'gaussian' },
  { scheme: 'forward-euler', space: { id: 'particles', count: 4000, score: 'analytic' } },
] as const;

type Row = Readonly<Record<string, number>>;

async function follow({ scheme, space }: (typeof contenders)[number]): Promise<{ name: string; rows: Row[] }> {
  const run = await wasserflow.open({
    name: 'four-spaces',
    seed: 1,
    space,
    problem: {
      initial: { id: 'gaussian', mean: [3], variance: 4 },
      functional: { id: 'kl', target: { id: 'gaussian', dimension: 1 } },
    },
    scheme,
    steps,
    meters,
  });
  const rows: Row[] = [];
  for await (const { metrics } of run) rows.push(metrics);
  await run.dispose();
  return { name: `${typeof space === 'string' ? space : space.id}, ${scheme}`, rows };
}

const found: Awaited<ReturnType<typeof follow>>[] = [];
for (const contender of contenders) found.push(await follow(contender));

const curvesOf = (meter: string): Curve[] =>
  found.map(({ name, rows }) => ({
    name,
    points: rows.map((row, n) => [n * steps.size, row[meter]!] as const),
    mark: name.startsWith('gaussian') ? 'line' : 'marks',
  }));

for (const meter of meters) {
  console.log(`${meter} at time`.padEnd(28), ['0', '0.5', '1', '1.5', '2'].map((t) => t.padStart(9)).join(' '));
  for (const { name, rows } of found)
    console.log(name.padEnd(28), [0, 5, 10, 15, 20].map((n) => rows[n]![meter]!.toFixed(5).padStart(9)).join(' '));
}
const panels = [
  { title: 'KL to the target (nats)', curves: curvesOf('value') },
  { title: 'W2 to the target', curves: curvesOf('w2-to-target') },
];
await writeFile(picture, await curveChart({ title: 'One flow on four spaces', x: 'time', panels }));
console.log(`drawn in ${picture}`);
