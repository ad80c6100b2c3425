import { definePlugin } from '@wasserflow/core';

export default definePlugin({ name: '@wasserflow/kernels', contract: 1, contributes: [] });
