// Rings 2 and 3: Playwright tests on a real VS Code window, one file at a time (a window takes most of a small machine).
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/e2e/**/*.page.ts', 'test/e2e/**/*.vsix.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    env: { NODE_OPTIONS: '' },
  },
});
