import { createHash } from 'node:crypto';
import { label } from '../labels.ts';
import type { Operation } from '../operation.ts';
import { smokeStep } from '../planText.ts';
import { type DeploymentRecord, readDeployment } from '../records.ts';
import { retain } from '../retention.ts';
import { removeServices, servicesOf } from '../stack/apply.ts';
import { bringUpStack, obtainStack, releaseOfOperation, releaseProblem } from '../stack/bringUp.ts';
import { runsNow } from '../stack/converge.ts';
import { healStack, lookAtStack, presentStack } from '../stack/look.ts';
import { stackNameOf } from '../stack/names.ts';
import { ensureObjects, removeObjects } from '../stack/objects.ts';
import { releaseOf } from '../stack/release.ts';
import { stackRemarks } from '../stack/remarks.ts';
import { retainStackImages } from '../stack/retention.ts';
import { removeStack, restoreStack, tasksEnded } from '../stack/undo.ts';
import { knownOf } from '../stack/values.ts';
import type { Kind, Telling } from './types.ts';

/** A compose file as services of a Swarm, under the labels that `docker stack` knows. */
export const stack: Kind = {
  identity: ({ commit }, { stack: given, name }, owner) => {
    const hash = createHash('sha256')
      .update(JSON.stringify([given, name, owner]))
      .digest('hex')
      .slice(0, 8);
    return `${given?.compose ?? ''}@${commit.slice(0, 12)}-${hash}`;
  },
  // Which images there are is known when the file is read.
  isThere: async () => false,
  tell,
  runs: async (live, { engine, owner }, signal) => {
    const rows = await servicesOf({ engine, owner }, live, stackNameOf(live), signal);
    const tasks = await engine.listTasks(
      rows.map(({ id }) => id),
      signal,
    );
    const runs = rows.every((row) => runsNow(row.name, live.id, row, tasks));
    return rows.length > 0 && runs && rows.every(({ labels }) => labels[label.deployment] === live.id);
  },
  remarks: (parts, wanted, service, facts, _step, signal) => stackRemarks(parts, wanted, service, facts, signal),
  obtain: obtainStack,
  bringUp: bringUpStack,
  // The Swarm has switched, task by task.
  switchOver: (operation) => operation.enter('switching'),
  drain: async () => {},
  retire,
  putBack: restoreStack,
  goBack: (operation, previous, signal) => restoreStack(operation, previous, true, signal),
  retain: async (operation) => {
    await retainStackImages(operation);
    await retain(operation);
  },
  takeDown: async (maker, record, _parts, signal) => {
    await removeStack(maker, record, stackNameOf(record), signal);
  },
  backProblem: async (parts, target, signal) => {
    const release = await parts.store.read((reader) => releaseOf(reader, readDeployment(reader, target.rollbackTo ?? '') ?? target));
    return releaseProblem(parts, target, release, signal);
  },
  present: async (parts, record, signal) =>
    presentStack({ engine: await parts.engine(record.engine, signal), owner: await parts.owner() }, record, signal),
  look: lookAtStack,
  heal: healStack,
};

function tell({ wanted: { environment }, service, replaces }: Telling) {
  const { compose = '' } = service.stack ?? {};
  const push = environment.registry === undefined ? '' : `, push those to ${environment.registry}`;
  return {
    steps: [
      `Read ${compose} of the commit, build its images${push}, and get the others.`,
      'Make its networks, configs and secrets.',
      replaces
        ? 'Change its services wave by wave, in the order of `depends_on`; each rolls on task by task, and goes back by itself when tasks fail.'
        : 'Start its services wave by wave, in the order of `depends_on`.',
      `Wait until every task runs the new version for ${Math.round(service.health.healthyFor / 100) / 10} s.`,
      ...smokeStep(service, replaces),
      ...(replaces ? ['Remove services, networks, configs and secrets that it no longer has; volumes stay.'] : []),
    ],
  };
}

/** Services, networks, configs and secrets that the new version does not have. One that was at another engine goes as a whole. */
async function retire(operation: Operation, old: DeploymentRecord | undefined): Promise<void> {
  const release = releaseOfOperation(operation);
  await operation.step(
    'retire',
    async (signal) => {
      if (old !== undefined && old.engine !== operation.record.engine)
        await removeStack(await operation.maker(signal, old), old, stackNameOf(old), signal);
      if (release === undefined) return { removed: [] };
      const { record, parts } = operation;
      const maker = await operation.maker(signal);
      const { values, key } = await knownOf(parts, record);
      const services = await removeServices(maker, record, release.name, release, signal);
      await tasksEnded(maker, record, release.name, signal);
      const files = await ensureObjects({ maker, record, release, values, key }, signal);
      const objects = await removeObjects(maker, record, release.name, { release, files }, signal);
      const removed = [...services, ...objects];
      if (removed.length > 0) operation.say(`Removed ${removed.join(', ')}.`);
      return { removed };
    },
    { within: 180_000 },
  );
}
