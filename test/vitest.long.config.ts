import { defineConfig } from 'vitest/config';

/** What takes minutes; `pnpm test:long`. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.long.test.ts'],
    testTimeout: 600_000,
    // Memory is measured: nothing else runs beside.
    fileParallelism: false,
  },
});
