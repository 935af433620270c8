import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads the default export
export default defineConfig({
  test: {
    include: ['test/{unit,integration,faults}/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
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
