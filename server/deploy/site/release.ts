import { promises as fs } from 'node:fs';
import path from 'node:path';
import { asFailure, Failure } from '../../rpc/failure.ts';
import { Session } from '../../rpc/session.ts';
import { removeContainersOf } from '../containers.ts';
import type { Operation } from '../operation.ts';
import type { DeploymentRecord } from '../records.ts';
import { claimFolder, noteClaim } from './claim.ts';
import { buildInContainer, variablesOf } from './containerBuild.ts';
import { currentProblem, readCurrent, removeCurrent, switchTo } from './current.ts';
import { syncFolder } from './durable.ts';
import { buildOnHost, endOldBuild } from './hostBuild.ts';
import { currentIn, partialIn, releaseIn, releaseOf, releasesIn, rootOfRecord, siteOf, workOf } from './layout.ts';
import { type Manifest, readManifest, releaseThere, verifyRelease, writeManifest } from './manifest.ts';
import { copyTree } from './tree.ts';
import { checkOut, outputOf } from './work.ts';

/** Pulling the image and checking out, beside the build itself. */
const aroundBuild = 3_600_000;
/** Copying a large site. */
const longestCopy = 1_800_000;

const claimOf = ({ project, projectName, environment, service, config }: DeploymentRecord) => ({
  ...{ project, projectName, environment, service },
  root: rootOfRecord({ config }),
});

/** The folder is this site's, and can be. */
export async function claimRoot(operation: Operation): Promise<void> {
  const { parts, record } = operation;
  const claim = claimOf(record);
  await operation.step(
    'site-claim',
    async (signal) => {
      const problem = placeProblem((await operation.engine(signal)).address, record.environment);
      if (problem !== undefined) throw problem;
      parts.fence.check();
      await claimFolder(parts.store, claim);
      return { root: claim.root };
    },
    { also: (transaction) => noteClaim(transaction, claim) },
  );
}

/** Sites are folders of this machine. `address`: of the engine. */
export function placeProblem(address: string, environment: string): Failure | undefined {
  if (process.platform === 'win32') {
    return new Failure('unsupported', 'A static site is switched by a symbolic link, which Windows cannot replace at once.', {
      hint: 'Deploy it as a container that serves it.',
    });
  }
  if (address.startsWith('unix://')) return undefined;
  return new Failure('unsupported', `A static site is a folder of this machine, and ${environment} is deployed to ${address}.`, {
    hint: 'Deploy it to an environment with `docker: local`, or as a container that serves it.',
  });
}

type Made = { readonly folder: string };

/** The files of the commit, after the build: of a rollback those that are kept, whole. */
export async function makeFiles(operation: Operation): Promise<void> {
  const { record, parts } = operation;
  if (record.rollbackTo !== null) {
    await operation.step('site-found', async (signal) => {
      const { files } = await verifyRelease(rootOfRecord(record), releaseOf(record), signal);
      operation.say(`The ${countOf(files)} of ${releaseOf(record)} are still there.`);
      return { files };
    });
    return;
  }
  const waits = () => {
    operation.say('Waiting for another build to end.');
    operation.tell('waiting for another build');
  };
  const { build } = siteOf(record.config.service);
  await operation.step('site-build', (signal) => parts.builds.run(() => make(operation, signal), signal, waits), {
    within: (build?.timeout ?? 0) + aroundBuild,
  });
  operation.tell(null);
}

async function make(operation: Operation, signal: AbortSignal): Promise<Made> {
  const { record, parts } = operation;
  const { service } = record.config;
  const site = siteOf(service);
  const work = workOf(parts.home, record.id);
  await endBuild(operation, signal);
  await removeTree(work);
  // Whoever asked for it was trusted with the repository: that is what `deploy/run` needs.
  const { repository } = await parts.repositories.containing(record.repository, new Session(true, 'hub'));
  operation.tell('getting the files of the commit');
  const { folder } = await checkOut(repository, record.commit, site, work, signal);
  if (site.build === undefined) return { folder };
  const { run, image, timeout } = site.build;
  operation.tell(`building ${service.name}`);
  if (image === undefined) {
    const line = (text: string) => operation.log.add('build', text);
    const variables = variablesOf(operation.values);
    operation.say('Running the build on this machine.');
    await buildOnHost({ service: service.name, run, folder, work, variables, timeout, line }, signal);
  } else {
    operation.say(`Running the build in a container of ${image}.`);
    await buildInContainer(operation, { image, run, timeout, folder }, signal);
  }
  return { folder };
}

/** Copies the files to where they will be served from; the release has its name only when all of it is on the disk. */
export async function copyRelease(operation: Operation): Promise<void> {
  const { record, parts } = operation;
  if (record.rollbackTo !== null) return;
  const root = rootOfRecord(record);
  operation.tell('copying the files');
  const { files, bytes } = await operation.step(
    'site-copy',
    async (signal) => {
      const found = await releaseThere(root, record.id);
      if (found !== undefined) return found;
      parts.fence.check();
      return copy(operation, root, signal);
    },
    { within: longestCopy },
  );
  operation.say(`The release has ${countOf(files)}, ${bytes} bytes.`);
}

async function copy(operation: Operation, root: string, signal: AbortSignal): Promise<Manifest> {
  const { id, commit, config } = operation.record;
  const { folder } = (operation.stepOf('site-build')?.evidence ?? { folder: '' }) as Made;
  const partial = partialIn(root, id);
  await removeTree(partial);
  const tree = await copyTree(await outputOf(siteOf(config.service), folder), partial, signal);
  await writeManifest(partial, { id, commit, ...tree });
  await fs.rename(partial, releaseIn(root, id));
  await syncFolder(releasesIn(root));
  return { version: 1, id, commit, ...tree };
}

/** Reads it all again, as the web server will. */
export async function checkRelease(operation: Operation): Promise<void> {
  const { record } = operation;
  // Of one that is gone back to that has just been done.
  if (record.rollbackTo !== null) return;
  operation.tell('checking the files');
  await operation.step('site-check', async (signal) => ({ ...(await verifyRelease(rootOfRecord(record), releaseOf(record), signal)) }), {
    within: longestCopy,
  });
}

export async function switchLink(operation: Operation): Promise<void> {
  const { record, parts } = operation;
  const [root, release] = [rootOfRecord(record), releaseOf(record)];
  operation.tell('switching the link');
  const { milliseconds } = await operation.step(
    'site-switch',
    async () => {
      const problem = currentProblem(root, await readCurrent(root));
      if (problem !== undefined) throw problem;
      parts.fence.check();
      const start = performance.now();
      await switchTo(root, release);
      return { milliseconds: performance.now() - start };
    },
    { again: true },
  );
  await operation.step('site-confirm', async () => {
    await confirm(root, release);
    return {};
  });
  operation.say(`${currentIn(root)} leads to releases/${release} (${milliseconds.toFixed(2)} ms).`);
}

/** Looks through the link, as the web server does. */
export async function confirm(root: string, release: string): Promise<void> {
  const seen = await readManifest(currentIn(root));
  if (seen?.id === release) return;
  throw new Failure('conflict', `${currentIn(root)} does not lead to ${release}: somebody else has changed it.`, {
    hint: 'Does another program switch this link too?',
  });
}

/** The link as it was: to what is live, or gone. */
export async function leadBack(operation: Operation, previous: DeploymentRecord | undefined): Promise<void> {
  const { record, parts } = operation;
  const [root, release] = [rootOfRecord(record), releaseOf(record)];
  parts.fence.check();
  const before = previous?.config.service.kind === 'static' && rootOfRecord(previous) === root ? releaseOf(previous) : undefined;
  if (before === release) return;
  if (before === undefined) {
    await removeCurrent(root, release);
    return;
  }
  const current = await readCurrent(root);
  if (current.kind === 'release' && current.id !== release) return;
  const problem = currentProblem(root, current);
  if (problem !== undefined) throw problem;
  if ((await releaseThere(root, before)) === undefined) {
    // Half a site is better than none, and the reconciler says what is wrong.
    operation.say(`The release ${before}, which was live, is not whole any more.`);
    return;
  }
  await switchTo(root, before);
  operation.say(`${currentIn(root)} leads to releases/${before} again.`);
}

/** What was made of it, unless it serves. A release that is gone back to is another one's, and stays. */
export async function removeMade(operation: Operation, signal: AbortSignal): Promise<void> {
  const { record, parts } = operation;
  const root = rootOfRecord(record);
  if (record.rollbackTo !== null) return;
  const current = operation.hasBegun('site-copy') ? await readCurrent(root) : undefined;
  const isServed = current?.kind === 'release' && current.id === record.id;
  if (current !== undefined && !isServed) await removeRelease(root, record.id);
  if (operation.hasBegun('site-build')) await endBuild(operation, signal);
  await removeWork(parts.home, record.id);
}

/** What a hub that was killed has left of the build: it would go on writing. */
async function endBuild(operation: Operation, signal: AbortSignal): Promise<void> {
  const { record, parts } = operation;
  endOldBuild(workOf(parts.home, record.id));
  if (siteOf(record.config.service).build?.image === undefined) return;
  await removeContainersOf(await operation.maker(signal), record, signal, 'hook', 0);
}

/** Its name goes first: half of it is never taken for a release. */
export async function removeRelease(root: string, id: string): Promise<void> {
  const partial = partialIn(root, id);
  await removeTree(partial);
  try {
    await fs.rename(releaseIn(root, id), partial);
  } catch (error) {
    if (asFailure(error).reason !== 'not-found') throw error;
    return;
  }
  await removeTree(partial);
}

export async function removeWork(home: string, id: string): Promise<void> {
  const work = workOf(home, id);
  endOldBuild(work);
  await removeTree(work);
}

/** Builds leave folders that nobody may write. */
async function removeTree(folder: string): Promise<void> {
  try {
    await fs.rm(folder, { recursive: true, force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'ENOTEMPTY') throw error;
    await openUp(folder);
    await fs.rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function openUp(folder: string): Promise<void> {
  await fs.chmod(folder, 0o700).catch(() => {});
  for (const each of await fs.readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (each.isDirectory()) await openUp(path.join(folder, each.name));
  }
}

const countOf = (files: number): string => (files === 1 ? 'one file' : `${files} files`);
