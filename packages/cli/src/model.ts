/** The model that a run made: its parts composed again, and its last measure. */
import { composeRun, createCatalogue, ensure, planRun, readRunFolder, type ComposedRun } from '@wasserflow/core';
import { pluginsOf } from './plugins.js';

export interface Model extends ComposedRun {
  readonly measure: unknown;
}

/**
 * Opens what `folder` holds. Packages named in its config are looked for from the folder, then from here.
 * @throws WasserflowError E_RUN_FOLDER when it is no run, is damaged, or has no step yet
 */
export async function openModel(folder: string): Promise<Model> {
  const { config, checkpoint } = await readRunFolder(folder);
  ensure(checkpoint, 'E_RUN_FOLDER', `${folder} has no step yet; run it first`);
  const catalogue = createCatalogue(await pluginsOf(config, [folder, '.']));
  const composed = await composeRun(catalogue, planRun(catalogue, config));
  return { ...composed, measure: (checkpoint.state as { measure: unknown }).measure };
}
