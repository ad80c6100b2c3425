import { tfjsEngine } from '@wasserflow/engine-tfjs';
import { describeEngine } from '@wasserflow/testkit';

describeEngine('tfjs, cpu', () => tfjsEngine('cpu'));
describeEngine('tfjs, wasm', () => tfjsEngine('wasm'));
