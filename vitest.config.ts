import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    // Relative to `--dir`: `npm test` runs test/unit, test/integration and test/faults one by one. What lies in e2e belongs to VS Code.
    include: ['**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', '**/e2e/**', '**/dist*/**'],
    setupFiles: ['test/support/spawnedCoverage.ts'],
    globalSetup: ['test/support/home.ts', 'test/faults/support/tally.ts'],
    // What is waited for may be late on a busy machine; only a failure takes this long.
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // One more than the small machines have processors: many tests wait for a process, a container or a clock.
    maxWorkers: 3,
    coverage: {
      // Of the tests' own process; spawned ones are counted by NODE_V8_COVERAGE, and .ci/coverage.mjs adds both up.
      enabled: process.env['HEARTH_COVERAGE'] === '1',
      provider: 'v8',
      include: ['server/**', 'webviews/**'],
      reporter: ['json'],
      reportsDirectory: `coverage/vitest-${process.pid}`,
      clean: false,
    },
  },
});
