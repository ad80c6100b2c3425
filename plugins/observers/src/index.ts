import { definePlugin } from '@wasserflow/core';
import { eventsFileDefinition } from './events-file.js';
import { publishedDefinition } from './published.js';
import { terminalDefinition } from './terminal.js';

export { eventsFile, type EventsFileOptions } from './events-file.js';
export { agrees, published, type PublishedOptions } from './published.js';
export { terminal, type TerminalOptions } from './terminal.js';

export default definePlugin({
  name: '@wasserflow/observers',
  contract: 1,
  contributes: [terminalDefinition, eventsFileDefinition, publishedDefinition],
});
