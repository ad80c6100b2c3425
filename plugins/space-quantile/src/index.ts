import { definePlugin } from '@wasserflow/core';

export default definePlugin({ name: '@wasserflow/space-quantile', contract: 1, contributes: [] });
