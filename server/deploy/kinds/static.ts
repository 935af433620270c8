import { createHash } from 'node:crypto';
import os from 'node:os';
import { asFailure, type Failure } from '../../rpc/failure.ts';
import { removeContainersOf } from '../containers.ts';
import type { Operation } from '../operation.ts';
import { smokeStep } from '../planText.ts';
import { type DeploymentRecord, liveDeployment } from '../records.ts';
import { retain } from '../retention.ts';
import { claimProblem } from '../site/claim.ts';
import { currentProblem, readCurrent, removeCurrent } from '../site/current.ts';
import { releaseIn, releaseOf, rootOf, rootOfRecord, siteOf } from '../site/layout.ts';
import { goneRelease, releaseThere } from '../site/manifest.ts';
import {
  checkRelease,
  claimRoot,
  copyRelease,
  leadBack,
  makeFiles,
  placeProblem,
  removeMade,
  removeWork,
  switchLink,
} from '../site/release.ts';
import { retainReleases } from '../site/retain.ts';
import { healSite, lookAtSite } from '../site/watch.ts';
import { outputProblem } from '../site/work.ts';
import type { Kind, Present, Remarks, Telling } from './types.ts';

/** Files in a folder of this machine: whole releases, and a link to the live one that is replaced at once. */
export const site: Kind = {
  identity: ({ commit }, service) => {
    const { output, build } = siteOf(service);
    const how = createHash('sha256').update(JSON.stringify({ output, build })).digest('hex').slice(0, 8);
    return `site:${commit.slice(0, 12)}-${how}`;
  },
  // Each release is made anew.
  isThere: async () => false,
  tell,
  runs: async (live) => (await presentOf(live)).current,
  remarks,
  obtain: async (operation) => {
    await operation.enter('building');
    await claimRoot(operation);
    await makeFiles(operation);
  },
  bringUp: async (operation) => {
    await operation.enter('deploying');
    await copyRelease(operation);
    await operation.enter('health-check');
    await checkRelease(operation);
  },
  switchOver: async (operation) => {
    await operation.enter('switching');
    await switchLink(operation);
  },
  // Whoever has opened a file of the old release reads it to its end.
  drain: async () => {},
  retire,
  putBack: async (operation, previous, _showOutput, signal) => {
    if (operation.hasBegun('site-switch')) await leadBack(operation, previous);
    await removeMade(operation, signal);
  },
  goBack: async (operation, previous, signal) => {
    await leadBack(operation, previous);
    await removeMade(operation, signal);
  },
  retain: async (operation) => {
    await retain(operation);
    await retainReleases(operation);
  },
  takeDown: async (maker, record, parts, signal) => {
    await removeContainersOf(maker, record, signal);
    const live = await parts.store.read((reader) => liveDeployment(reader, record));
    // By now the same release may have been gone back to.
    if (live !== undefined && isSamePlace(live, record)) return;
    parts.fence.check();
    await removeCurrent(rootOfRecord(record), releaseOf(record));
  },
  backProblem: async (_parts, target) => {
    const [root, release] = [rootOfRecord(target), releaseOf(target)];
    return (await releaseThere(root, release)) === undefined ? goneRelease(root, release) : undefined;
  },
  present: async (_parts, record): Promise<Present> => ({ containers: [], site: await presentOf(record) }),
  look: (sight, record) => lookAtSite(sight, record),
  heal: (_sight, record, signal) => healSite(record, signal),
};

const isSamePlace = (a: DeploymentRecord, b: DeploymentRecord): boolean =>
  a.config.service.kind === 'static' && rootOfRecord(a) === rootOfRecord(b) && releaseOf(a) === releaseOf(b);

async function presentOf(record: DeploymentRecord): Promise<NonNullable<Present['site']>> {
  const [root, id] = [rootOfRecord(record), releaseOf(record)];
  const [manifest, current] = await Promise.all([releaseThere(root, id), readCurrent(root)]);
  const isCurrent = manifest !== undefined && current.kind === 'release' && current.id === id;
  return { root, release: releaseIn(root, id), files: manifest?.files ?? 0, bytes: manifest?.bytes ?? 0, current: isCurrent };
}

async function retire(operation: Operation, old: DeploymentRecord | undefined): Promise<void> {
  const { record, parts } = operation;
  await operation.step('retire', async () => {
    await removeWork(parts.home, record.id);
    // The site has moved: what serves the old folder would serve an old release for ever.
    if (old?.config.service.kind === 'static' && rootOfRecord(old) !== rootOfRecord(record)) {
      parts.fence.check();
      const removed = await removeCurrent(rootOfRecord(old), releaseOf(old));
      if (removed) operation.say(`The site has moved: ${rootOfRecord(old)} has no \`current\` any more.`);
    }
    return {};
  });
}

function tell({ wanted, service, replaces }: Telling) {
  const { output, build } = siteOf(service);
  const root = rootOf(service, wanted.environment);
  const steps = [
    build === undefined
      ? `Take the files of ${output === '.' ? 'the commit' : `${output} in the commit`}.`
      : `Run the build ${build.image === undefined ? 'on this machine' : `in a container of ${build.image}`}, in a copy of the commit.`,
    `Copy ${build === undefined ? 'them' : output} to a new folder in ${root}/releases, and read all of it again.`,
    `Let ${root}/current lead there, from one moment to the next.`,
    ...smokeStep(service, replaces),
  ];
  if (replaces) steps.push(`Keep the last ${wanted.config.retention.releases} releases to go back to.`);
  return { steps };
}

async function remarks(...[parts, wanted, service, { engine }, , signal]: Parameters<Kind['remarks']>): Promise<Remarks> {
  const { repository, commit, project, config, environment } = wanted;
  const site = siteOf(service);
  const root = rootOf(service, environment);
  const remark = ({ message, hint }: Failure) => ({
    code: 'site',
    service: service.name,
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  const place = placeProblem(engine.address, environment.name);
  if (place !== undefined) return { blockers: [remark(place)] };
  const claim = { root, project, projectName: config.project, environment: environment.name, service: service.name };
  const found = [
    await claimProblem(parts.store, claim),
    await readCurrent(root).then((current) => currentProblem(root, current), asFailure),
    await outputProblem(repository, commit, site, signal),
  ];
  const isOnHost = site.build !== undefined && site.build.image === undefined;
  const message = `The build of ${service.name} runs commands of the commit on this machine, as ${os.userInfo().username}.`;
  const hint = 'With `build.image` it runs in a container.';
  return {
    blockers: found.flatMap((problem) => (problem === undefined ? [] : [remark(problem)])),
    warnings: isOnHost ? [{ code: 'host-build', service: service.name, message, hint }] : [],
  };
}
