/** The command line as a library: everything that comes with Wasserflow, and its configs. */
export { readConfig } from './config.js';
export { factsOf, type Facts, type Reach, type Service } from './facts.js';
export { openModel, type Model } from './model.js';
export { firstPartyPlugins, pluginsOf } from './plugins.js';
export { csvText, npyBytes } from './arrays-to-files.js';
