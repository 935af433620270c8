// Live releases in the store of a home, as the deployer leaves them; for tests of those who read them.
import type { Service } from '../../server/config/hearthTypes.ts';
import { drawPictures } from '../../server/deploy/where/livePicture.ts';
import { claimFence, fenceOf, readOwner } from '../../server/hub/owner.ts';
import { prepareHome } from '../../server/hub/prepareHome.ts';
import { Store } from '../../server/store/store.ts';
import type { Transaction } from '../../server/store/types.ts';
import type { Repository } from './repositories/repository.ts';

export const projectId = '3f0c2a4e-1111-4222-8333-444455556666';

export interface LiveRow {
  readonly environment: string;
  readonly service: string;
  readonly commit: string;
  /** Globs; `image`: it is a ready image. */
  readonly paths?: readonly string[] | 'image';
  readonly since?: number;
}

/**
 * Writes a project and what is live of it while no hub runs, and gives the repository its id; whatever was live before is not any more. A hub
 * that ran would have written it down for the time without one, too.
 */
export async function writeLive(
  home: string,
  repository: Pick<Repository, 'root' | 'git'>,
  rows: readonly LiveRow[],
  project = projectId,
): Promise<void> {
  repository.git('config', 'hearth.project', project);
  prepareHome(home);
  const owner = claimFence(home, readOwner(home), { released: true, renew: false });
  if (owner === undefined) throw new Error('somebody else has the home');
  const store = await Store.open({ home, fence: fenceOf(home, owner), log: () => {} });
  try {
    await store.write({ actor: 'test', correlationId: 'test' }, (transaction) => {
      transaction.run('insert into projects (id, name, created) values (?, ?, ?) on conflict do nothing', [
        project,
        'shop',
        transaction.now,
      ]);
      transaction.run("update deployments set state = 'retired' where state = 'live'");
      for (const [at, row] of rows.entries()) addLive(transaction, { project, root: repository.root }, row, at);
      transaction.event({ project, entity: 'deployment', entityId: deploymentId(0), kind: 'live', payload: {} });
    });
    await drawPictures(home, store);
  } finally {
    await store.close();
  }
}

export function deploymentId(at: number): string {
  return `0mf00000${String(at).padStart(8, '0')}`;
}

function addLive(
  transaction: Transaction,
  { project, root }: { project: string; root: string },
  { environment, service, commit, paths = [], since }: LiveRow,
  at: number,
): void {
  const time = since ?? Date.UTC(2026, 0, 1);
  const id = deploymentId(at);
  const config = {
    project: 'shop',
    service: serviceOf(service, paths),
    environment: { name: environment },
    retention: { releases: 5, logs: 20 },
  };
  transaction.run(
    `insert or replace into deployments (id, run, project, project_name, environment, service, engine, repository, commit_id, subject, config,
       overrides, spec_hash, phase, state, actor, created, started, live_since, ended, fence, resumed, canceling, phase_times, probes, containers,
       crashes, crash_loop)
     values (?, ?, ?, 'shop', ?, ?, 'unix:///nonexistent/hearth-test.sock', ?, ?, 'A subject', ?, '{}', 'none', 'live', 'live', 'test', ?, ?, ?, ?, 1, 0, 0, '[]', '[]', '[]',
       '[]', 0)`,
    [id, id, project, environment, service, root, commit, JSON.stringify(config), time, time, time, time],
  );
}

function serviceOf(name: string, paths: readonly string[] | 'image'): Service {
  const build = { context: '.', dockerfile: 'Dockerfile', args: {}, secrets: [], contexts: {}, paths: paths === 'image' ? [] : paths };
  return {
    name,
    kind: 'container',
    source: paths === 'image' ? { kind: 'image', image: 'postgres:17' } : { kind: 'build', build },
    variables: {},
    secrets: [],
    volumes: [],
    replicas: 1,
    resources: {},
    health: { probe: { kind: 'container' }, interval: 1000, timeout: 5000, healthyFor: 200, deadline: 5000 },
    drain: 0,
    stopTimeout: 1000,
    dependsOn: [],
    hooks: {},
  };
}
