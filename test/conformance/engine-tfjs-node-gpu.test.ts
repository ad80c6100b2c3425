/** In a file of its own: a process holds one TensorFlow. */
import { bindings, diagnose, thisMachine, tfjsNodeEngine } from '@wasserflow/engine-tfjs-node-gpu';
import { describeEngine } from '@wasserflow/testkit';
import { describe } from 'vitest';

const missing = diagnose(bindings['tfjs-node-gpu'], thisMachine()).map(({ problem }) => problem);
const skipped = missing.length > 0;
if (skipped) console.info(`conformance of tfjs-node-gpu is skipped: ${missing.join('; ')}`);

describe.skipIf(skipped)(`conformance${skipped ? `, skipped: ${missing.join('; ')}` : ''}`, () => {
  describeEngine('tfjs-node-gpu', () => tfjsNodeEngine('tfjs-node-gpu'));
});
