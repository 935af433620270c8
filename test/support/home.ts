import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endDocker, endForgotten, prepareDocker } from './dockerEngine.ts';
import { endHub } from './hubProcess.ts';

let home = '';

/** Servers and command lines of the tests keep blames and state in a folder of the run's own, not in the home of who runs it. */
export async function setup(): Promise<void> {
  home = mkdtempSync(path.join(tmpdir(), 'hearth-tests-home-'));
  process.env['HEARTH_HOME'] = home;
  // Of a run that was killed: its hubs do not wait ten minutes.
  process.env['HEARTH_HUB_IDLE_MS'] ??= '60000';
  // One that a busy machine lets wait is not replaced in the middle of a test.
  process.env['HEARTH_HUB_SILENCE_MS'] ??= '30000';
  // `docker: local` of a test is never the machine's own engine: someone's production may live there.
  process.env['DOCKER_HOST'] = process.env['HEARTH_TEST_DOCKER_HOST'] || 'unix:///nowhere/docker.sock';
  await endForgotten();
  prepareDocker();
}

export async function teardown(): Promise<void> {
  await endHub(home);
  await endDocker();
  rmSync(home, { recursive: true, force: true, maxRetries: 3 });
}
