// Rings 2 (`page`) and 3 (`vsix`): Playwright tests on a real VS Code window, one file at a time: two windows at once save a seventh of the
// time on two processors, and make each other late.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));
const common = { root, fileParallelism: false, testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 60_000 } } };

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  root,
  test: {
    fileParallelism: false,
    projects: [
      { test: { ...common, name: 'page', include: ['test/e2e/**/*.page.ts'], globalSetup: ['test/host/engine.ts'] } },
      { test: { ...common, name: 'vsix', include: ['test/e2e/**/*.vsix.ts'], globalSetup: ['test/host/packVsix.ts'] } },
    ],
  },
});
