// Believable deployments for the pictures of the Environments view and of a deployment: made by the real hub on a real Docker engine.
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { breadthFiles } from '../sample/story/breadth.mjs';
import { looseCommit } from '../support/repositories/looseCommit.ts';
import { swarmOfOne } from '../support/swarm.ts';
import type { VscodeWindow } from './page.ts';
import { send } from './workStory.ts';

interface Deployment {
  id: string;
  service: string;
  phase: string;
  state: string;
  reason: string | null;
}

/** Deploys HEAD to production, and a version to staging that is healthy at first and fails later; once. Answers the run of production. */
export async function writeDeployments(code: VscodeWindow, folder: string): Promise<string> {
  const there = (await send(code, 'deploy/list', { repository: folder, environment: 'production' })) as { deployments: { run: string }[] };
  const [last] = there.deployments;
  if (last !== undefined) return last.run;
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
  const head = git('rev-parse', 'main').trim();
  const candidate = looseCommit(
    folder,
    head,
    { 'public/cgi-bin/break': '#!/bin/sh\nrm -f /www/healthz\nprintf "Content-Type: text/plain\\r\\n\\r\\nbroken\\n"\n' },
    'Pages: offer express delivery (#45)',
  );
  const run = await deploy(code, folder, 'production', head);
  await deploy(code, folder, 'staging', candidate);
  const { services } = (await send(code, 'deploy/status', { repository: folder })) as {
    services: { environment: string; service: string; release: string }[];
  };
  const web = services.find(({ environment, service }) => environment === 'staging' && service === 'web');
  const { deployment } = (await send(code, 'deploy/show', { repository: folder, id: web?.release ?? '' })) as {
    deployment: { containers: { address: string | null }[] };
  };
  await fetch(`http://${deployment.containers[0]?.address}:8080/cgi-bin/break`);
  return run;
}

/** Deploys the shop with everything that can be deployed to `preview`: a container, a site, a stack; once. Answers the run. */
export async function writeBreadth(code: VscodeWindow, folder: string): Promise<string> {
  const there = (await send(code, 'deploy/list', { repository: folder, environment: 'preview' })) as { deployments: { run: string }[] };
  const [last] = there.deployments;
  if (last !== undefined) return last.run;
  await swarmOfOne();
  const main = execFileSync('git', ['rev-parse', 'main'], { cwd: folder, encoding: 'utf8' }).trim();
  const files = breadthFiles(mkdtempSync(join(folder, '.git', 'sites-')));
  const run = await deploy(code, folder, 'preview', looseCommit(folder, main, files, 'Deploy the manual and the back office too (#47)'));
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  return run;
}

/** The next window has another home, to which these containers would be somebody else's. */
export async function endDeployments(code: VscodeWindow, folder: string): Promise<void> {
  for (const environment of ['production', 'staging', 'preview'])
    await send(code, 'deploy/remove', { repository: folder, environment, confirmed: true }).catch(() => {});
}

/** Deploys and waits until it is live. */
export async function deploy(code: VscodeWindow, folder: string, environment: string, rev: string): Promise<string> {
  const { run } = (await send(code, 'deploy/run', { repository: folder, environment, rev })) as { run: string };
  for (;;) {
    const { deployments } = (await send(code, 'deploy/list', { repository: folder, run })) as { deployments: Deployment[] };
    const failed = deployments.find(({ state }) => state !== 'live' && state !== 'running');
    if (failed !== undefined) throw new Error(`${failed.service} is ${failed.state}: ${failed.reason}`);
    if (deployments.every(({ phase }) => phase === 'live')) return run;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
