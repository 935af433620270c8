// The environment of an extension host under test: independent of who runs it, and nothing of it survives.
import { rmSync } from 'node:fs';
import { endHub } from '../support/hubProcess.ts';
import { temporaryFolder } from './provision.ts';

export interface TestEnvironment {
  /** For the VS Code server; its children inherit it. */
  env: Record<string, string | undefined>;
  /** For the extension host only, set after it started. */
  extensionEnvironment?: Record<string, string>;
  /** Where Hearth keeps its state: one home per suite. */
  home: string;
  /** Ends the suite's hub and removes its home; after the windows are closed. */
  remove(): Promise<void>;
}

export function testEnvironment(): TestEnvironment {
  // Never the one of who runs the tests: it may hold real work.
  const home = temporaryFolder('home');
  const coverage = process.env['NODE_V8_COVERAGE'];
  return {
    env: {
      HEARTH_HOME: home,
      // Of a run that was killed: its hub does not wait ten minutes.
      HEARTH_HUB_IDLE_MS: '60000',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: process.env['HEARTH_TEST_GIT_CONFIG'] ?? '/dev/null',
      GIT_DIR: undefined,
      GIT_WORK_TREE: undefined,
      GIT_INDEX_FILE: undefined,
      TZ: 'UTC',
      // Never the engine of the machine: someone's production may live there.
      DOCKER_HOST: process.env['HEARTH_TEST_DOCKER_HOST'] ?? 'unix:///nowhere/docker.sock',
      DOCKER_CONTEXT: undefined,
    },
    // Set late, so that Hearth's processes write coverage and the whole of VS Code does not.
    ...(coverage ? { extensionEnvironment: { NODE_V8_COVERAGE: coverage } } : {}),
    home,
    remove: async () => {
      await endHub(home);
      rmSync(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
