import { definePlugin } from '@wasserflow/core';

export default definePlugin({ name: '@wasserflow/space-grid', contract: 1, contributes: [] });
