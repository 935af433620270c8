import type { Author, StateStore, Transaction } from '../../store/types.ts';
import type { ContainerRow } from '../engine/types.ts';
import { label, type Ownership } from '../labels.ts';
import { type DeployedConfig, liveDeployment, readDeployment } from '../records.ts';
import { tell } from './act.ts';
import { adoptedOf, noteAdopted, noteOurs } from './owners.ts';

/** A deployment of another home, and how its commit configures it. */
export interface Adopted {
  readonly service: string;
  readonly deployment: string;
  readonly commit: string;
  readonly subject: string;
  readonly rows: readonly ContainerRow[];
  readonly config: DeployedConfig;
}

interface Adoption {
  /** The id. */
  readonly project: string;
  readonly environment: string;
  readonly engine: string;
  readonly repository: string;
  readonly fence: number;
  readonly former: readonly Ownership[];
  readonly found: readonly { readonly chosen: Adopted; readonly others: readonly Adopted[] }[];
}

/** Everything at once: whose objects the environment has, its live releases, and that what else was found of them is over. */
export function writeAdopted(store: StateStore, author: Author, adoption: Adoption): Promise<null> {
  return store.write(author, (transaction) => {
    const { project, environment, former, found } = adoption;
    noteOurs(transaction, project, environment);
    const known = adoptedOf(transaction, project, environment);
    const isKnown = (one: Ownership) => known.some(({ owner, projectId }) => owner === one.owner && projectId === one.projectId);
    noteAdopted(transaction, project, environment, [...known, ...former.filter((each) => !isKnown(each))]);
    for (const { chosen, others } of found) {
      for (const each of others) put(transaction, adoption, each, author.actor, each.deployment > chosen.deployment ? 'failed' : 'retired');
      replaceLive(transaction, adoption, chosen);
      put(transaction, adoption, chosen, author.actor, 'live');
      const record = readDeployment(transaction, chosen.deployment);
      if (record !== undefined) tell(transaction, record, 'adopted', { from: hostOf(chosen) });
    }
    return null;
  });
}

const hostOf = ({ rows }: Adopted): string => rows[0]?.labels[label.host] ?? 'another machine';

/** What the state takes for live there is not what runs. */
function replaceLive(transaction: Transaction, { project, environment }: Adoption, { service, deployment }: Adopted): void {
  const live = liveDeployment(transaction, { project, environment, service });
  if (live === undefined || live.id === deployment) return;
  transaction.run("update deployments set state = 'retired' where id = ?", [live.id]);
  tell(transaction, live, 'retired', { by: deployment });
}

function put(transaction: Transaction, adoption: Adoption, adopted: Adopted, actor: string, state: 'live' | 'failed' | 'retired'): void {
  const { now } = transaction;
  const { rows, config, deployment, service, commit, subject } = adopted;
  const created = Math.min(now, ...rows.map((row) => row.created));
  const [first] = rows;
  const reason = state === 'failed' ? `It was on its way when the environment was taken over from ${hostOf(adopted)}.` : null;
  const liveSince = state === 'failed' ? null : created;
  // One that was ours before is so again.
  transaction.run('delete from deployments where id = ?', [deployment]);
  transaction.run(
    `insert into deployments (
      id, run, project, project_name, environment, service, engine, repository, commit_id, subject, config, overrides, spec_hash, image, image_id,
      digest, phase, state, reason, hint, progress, actor, rollback_to, created, started, live_since, ended, fence, resumed, canceling, phase_times,
      probes, containers, url, crashes, crash_loop
    ) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, '{}', ?12, ?13, null, null, ?14, ?15, ?16, null, null, ?17, null, ?18, ?18, ?19, ?20,
      ?21, 0, 0, ?22, '[]', ?23, ?24, '[]', 0)`,
    [
      ...[deployment, `adopted-${deployment}`, adoption.project, config.project, adoption.environment, service, adoption.engine],
      ...[adoption.repository, commit, subject, JSON.stringify(config), first?.labels[label.specHash] ?? '', first?.image ?? null],
      ...[state === 'failed' ? 'failed' : 'live', state, reason, actor, created, liveSince, now, adoption.fence],
      JSON.stringify([{ phase: state === 'failed' ? 'failed' : 'live', started: created, ended: null }]),
      JSON.stringify(rows.map(({ id, name }) => ({ id, name }))),
      config.service.route === undefined ? null : `http://${config.service.route.host}${config.service.route.path}`,
    ],
  );
}
