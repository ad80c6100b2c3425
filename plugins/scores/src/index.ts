import { definePlugin } from '@wasserflow/core';

export default definePlugin({ name: '@wasserflow/scores', contract: 1, contributes: [] });
