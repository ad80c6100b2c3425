import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['packages/*/test/**/*.test.ts', 'plugins/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/*.long.test.ts', '**/node_modules/**'],
    testTimeout: 60_000,
    // A worker loads the packages once, not once per file: test files share no state but started backends.
    isolate: false,
    // Two cores: more workers only take turns.
    maxWorkers: 2,
  },
});
