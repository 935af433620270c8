// For all files of a run of page tests: where their Docker engine will be. The first test that wants it starts it (dockerAddress).
import { endDocker, endForgotten, prepareDocker } from '../support/dockerEngine.ts';

export async function setup(): Promise<void> {
  await endForgotten();
  prepareDocker();
}

export const teardown = endDocker;
