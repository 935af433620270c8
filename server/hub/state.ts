import { randomUUID } from 'node:crypto';
import { applyCatalog, catalogHandlers } from '../catalog/index.ts';
import { configStateHandlers } from '../config/index.ts';
import { Engines } from '../deploy/engine/index.ts';
import { Deployments } from '../deploy/index.ts';
import { keepPictures } from '../deploy/where/livePicture.ts';
import { doctorHandlers, Keys, variableHandlers } from '../environment/index.ts';
import { Repositories } from '../git/repository.ts';
import { Alerts } from '../monitor/alerts/index.ts';
import { Monitors, worseOf } from '../monitor/index.ts';
import { findSuspects, type SuspectParts, suspectsHandlers } from '../monitor/suspects/index.ts';
import { Operation, type OperationHost } from '../operation/index.ts';
import { ProjectOf, projectHandlers, Trust, trustHandlers } from '../project/index.ts';
import { changed as deploymentsChanged } from '../protocol/deploy.ts';
import type { NotificationDefinition, ParamsOf } from '../protocol/message.ts';
import { inDomain, type Log } from '../rpc/log.ts';
import type { Registration } from '../rpc/router.ts';
import { realDisk } from '../store/disk.ts';
import { stateHandlers } from '../store/index.ts';
import { backupBeforeMigration, Keeping } from '../store/keeping.ts';
import { layoutOf } from '../store/layout.ts';
import { Store } from '../store/store.ts';
import type { StateStore } from '../store/types.ts';
import { version } from '../version.ts';
import { workStateHandlers } from '../work/index.ts';
import { fenceOf, type Owner, updateOwner } from './owner.ts';

/** The state of the home, open: what answers its requests, and the way to close it. */
export interface State {
  readonly registrations: readonly Registration[];
  /** Standing trust, for connections that cannot vouch for what they ask. */
  readonly trust: Trust;
  /** Called after each durable change with the last sequence of the event log. */
  onAppended(listener: (last: number) => void): void;
  readonly deployments: Pick<Deployments, 'busy' | 'onBusy' | 'suspend'>;
  /** Writes a snapshot; nothing changes any more. */
  close(): Promise<void>;
}

/** What the state needs to know of its hub. */
interface StateHost {
  readonly home: string;
  readonly owner: Owner;
  readonly log: Log;
  readonly operation: OperationHost;
  /** The store can promise nothing any more (the disk, or another owner): the hub ends without another answer. */
  failed(error: unknown): void;
  /** Tells every client. */
  notify<D extends NotificationDefinition>(definition: D, params: ParamsOf<D>): void;
}

const keepAfter = 10_000;

/** Opens the store under this owner's fence. Rejects with the sentence that says why not. */
export async function openState({ home, owner, log, operation: operationHost, failed, notify }: StateHost): Promise<State> {
  const fence = fenceOf(home, owner);
  const store = await Store.open({
    home,
    fence,
    log: inDomain(log, 'store'),
    onFailed: failed,
    beforeMigration: backupBeforeMigration(realDisk, layoutOf(home)),
  });
  await giveIdentity(store, owner.renew === true);
  if (owner.renew === true) updateOwner(home, { ...owner, renew: false });
  const trust = new Trust();
  await trust.load(store);
  const repositories = new Repositories();
  const projectOf = new ProjectOf({ repositories, store });
  const keys = new Keys(home);
  const keeping = new Keeping(store, inDomain(log, 'store'), { version });
  const deployLog = inDomain(log, 'deploy');
  const engines = new Engines({ home, log: deployLog });
  const deployments = new Deployments({
    ...{ store, projectOf, repositories, engines, keys, fence, home, log: deployLog },
    notify: (definition, params) => {
      notify(definition, params);
      if (definition.method === deploymentsChanged.method) monitors.deploymentsChanged((params as { project: string }).project);
    },
    healthSeen: ({ project, environment, service }, deployed, reader) =>
      worseOf(deployed, monitors.healthOf(reader, project, service, environment)),
  });
  const suspects: SuspectParts = { store, projectOf, output: (record, tail, signal) => deployments.output(record, tail, signal) };
  const alerts = new Alerts({
    ...{ store, projectOf, fence, keys, log: inDomain(log, 'alert'), notify },
    suspectsOf: (question, signal) => findSuspects(suspects, question, signal),
  });
  const monitors = new Monitors({
    ...{ store, projectOf, keys, log: inDomain(log, 'monitor'), notify, consequences: alerts },
    deployedHealth: (deployment) => deployments.healthOf(deployment),
    pushAddress: () => operation.address(),
  });
  const operation = new Operation({ ...operationHost, home, store, projectOf, log, monitors });
  deployments.start();
  alerts.start();
  monitors.start();
  operation.start();
  const endPictures = keepPictures({ home, store, log: deployLog });
  // A backup copies everything: whoever has just started the hub is answered first.
  const later = setTimeout(() => keeping.start(), keepAfter);
  return {
    registrations: [
      ...stateHandlers(keeping),
      ...projectHandlers({ projectOf, store }),
      ...trustHandlers({ repositories, store }),
      ...workStateHandlers({ projectOf, store }),
      ...configStateHandlers({
        projectOf,
        store,
        onApplied: (transaction, project, config, detected) => {
          applyCatalog(transaction, project, config, detected);
          monitors.apply(transaction, project, config);
        },
      }),
      ...catalogHandlers({
        projectOf,
        store,
        healthOf: (...question) => monitors.healthOf(...question),
        deployedHealth: (deployment) => deployments.healthOf(deployment),
      }),
      ...monitors.handlers(),
      ...alerts.handlers(),
      ...suspectsHandlers(suspects),
      ...operation.handlers(),
      ...variableHandlers({ projectOf, store, keys }),
      ...doctorHandlers({ projectOf, store, keys }),
      ...deployments.handlers(),
    ],
    trust,
    onAppended: (listener) => void store.onAppended(listener),
    deployments,
    close: async () => {
      clearTimeout(later);
      await operation.stop();
      await deployments.suspend();
      await monitors.stop();
      await alerts.stop();
      engines.dispose();
      endPictures();
      repositories.dispose();
      await keeping.end();
      await store.close();
    },
  };
}

/** A new home gets the id that is stamped on everything Hearth creates elsewhere; a copy of another gets one of its own. */
async function giveIdentity(store: StateStore, renew: boolean): Promise<void> {
  const id = randomUUID();
  const known = await store.read((reader) => reader.get<{ value: string }>("select value from meta where key = 'ownerId'")?.value);
  if (known !== undefined && !renew) return;
  await store.write({ actor: 'hub', correlationId: `hub-${process.pid}` }, (transaction) => {
    transaction.run("insert into meta (key, value) values ('ownerId', ?) on conflict (key) do update set value = excluded.value", [id]);
    if (known !== undefined) transaction.event({ entity: 'store', entityId: id, kind: 'copied', payload: { from: known } });
  });
}
