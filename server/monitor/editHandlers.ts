import { validateHeaderName, validateHeaderValue } from 'node:http';
import { addressProblem } from '../config/index.ts';
import * as protocol from '../protocol/monitor.ts';
import type { Check, MonitorSettings } from '../protocol/monitorTypes.ts';
import { Failure } from '../rpc/failure.ts';
import { handle, type Registration } from '../rpc/router.ts';
import { authorOf } from '../store/author.ts';
import { event, leave, lookElsewhere, newState } from './apply.ts';
import { assertionProblems } from './checks/index.ts';
import { makeEndpointItem, writeEndpointDocument } from './endpoint.ts';
import { type MonitorHost, monitorNamed, rowsOf } from './host.ts';
import { findMonitor, insertMonitor, lineOf, monitorByName, monitorOf, newMonitorId, updateMonitor, writeState } from './records.ts';
import { secretNames } from './secretsOf.ts';
import type { Happening, MonitorRecord } from './types.ts';

/** What the hub answers to people who change monitors. */
export function editHandlers(host: MonitorHost): Registration[] {
  const { parts, watch } = host;
  const { store, projectOf } = parts;
  return [
    handle(protocol.addMonitor, async ({ repository: root, item, document, ...given }, context) => {
      const { name, service = null, environment = null, check, settings } = given;
      await refuseWrong({ service, environment, check, settings });
      const project = await projectOf.ensure(root, context);
      const id = newMonitorId(watch.clock.wall());
      const made = await store.write(authorOf(context), (transaction) => {
        refuseTaken(monitorByName(transaction, project, name), undefined);
        const source = 'manual';
        const record = insertMonitor(transaction, { id, project, name, service, environment, source, check, settings, line: null });
        writeState(transaction, id, newState(transaction.now));
        event(transaction, record, 'added', { source, kind: check.kind });
        return { record };
      });
      const number = item ? await makeEndpointItem(store, authorOf(context), made.record) : null;
      const path = document ? await writeEndpointDocument((await projectOf.repository(root, context)).root, made.record, number) : null;
      await watch.refresh();
      return { monitor: monitorOf(made.record), item: number, document: path };
    }),
    handle(protocol.editMonitor, async ({ repository, monitor: named, ...given }, context) => {
      const before = await monitorNamed(host, repository, named, context);
      const wanted = changed(before, given);
      await refuseWrong(wanted);
      const { record } = await store.write(authorOf(context), (transaction) => {
        const now = findMonitor(transaction, before.project, before.id);
        refuseOfFile(now);
        refuseTaken(monitorByName(transaction, now.project, wanted.name), now.id);
        const next = changed(now, given);
        if (JSON.stringify(next.check) !== JSON.stringify(now.check))
          lookElsewhere(transaction, now, next.check, drawing(host, transaction, now));
        const written = updateMonitor(transaction, next, lineOf(transaction, now.id));
        event(transaction, written, 'changed', { source: 'manual', kind: written.check.kind });
        return { record: written };
      });
      await watch.refresh();
      parts.consequences.wake(record.project);
      return { monitor: monitorOf(record) };
    }),
    handle(protocol.removeMonitor, async ({ repository, monitor: named }, context) => {
      const { id, project } = await monitorNamed(host, repository, named, context);
      await store.write(authorOf(context), (transaction) => {
        const record = findMonitor(transaction, project, id);
        if (record.orphan === null) refuseOfFile(record);
        leave(transaction, record, 'unknown', drawing(host, transaction, record));
        event(transaction, record, 'removed', { source: record.source, kind: record.check.kind });
        transaction.run('delete from monitors where id = ?', [id]);
      });
      await watch.refresh();
      parts.consequences.wake(project);
      return { removed: true };
    }),
    handle(protocol.pauseMonitor, async ({ repository, monitors, paused }, context) => {
      const project = await projectOf.id(repository, context);
      const ids = await store.write(authorOf(context), (transaction) => {
        const records = monitors.map((each) => findMonitor(transaction, project, each));
        for (const record of records) if (record.paused !== paused) setPaused(host, transaction, record, paused);
        return records.map((record) => record.id);
      });
      await watch.refresh();
      if (project !== undefined) parts.consequences.wake(project);
      const lives = ids.flatMap((id) => watch.get(id) ?? []);
      return { monitors: await store.read((reader) => rowsOf(host, reader, lives, 30)) };
    }),
  ];
}

type Given = {
  readonly name?: string | undefined;
  readonly check?: Check | undefined;
  readonly settings?: MonitorSettings | undefined;
  readonly service?: string | null | undefined;
  readonly environment?: string | null | undefined;
};

function changed(record: MonitorRecord, given: Given): MonitorRecord {
  return {
    ...record,
    name: given.name ?? record.name,
    check: given.check ?? record.check,
    settings: given.settings ?? record.settings,
    service: given.service === undefined ? record.service : given.service,
    environment: given.environment === undefined ? record.environment : given.environment,
  };
}

type Transaction = Parameters<typeof leave>[0];

function setPaused(host: MonitorHost, transaction: Transaction, record: MonitorRecord, paused: boolean): void {
  // Paused it has that state; looked at again it is as if it never was.
  const before = paused ? record : { ...record, paused: false };
  leave(transaction, before, paused ? 'paused' : 'unknown', drawing(host, transaction, record));
  updateMonitor(transaction, { ...record, paused }, lineOf(transaction, record.id));
}

function drawing({ parts, watch }: MonitorHost, transaction: Transaction, { project }: MonitorRecord): (happening: Happening) => void {
  return (happening) => parts.consequences.draw(transaction, watch.configs.of(project), happening);
}

type Described = Pick<MonitorRecord, 'service' | 'environment' | 'check' | 'settings'>;

/** Throws `invalid` with the first thing that cannot be. */
export async function refuseWrong({ service, environment, check, settings }: Described): Promise<void> {
  const [wrong] = await assertionProblems(check, settings.assert);
  if (wrong !== undefined)
    throw invalid(
      `\`${wrong.expression}\`: ${wrong.problem}.`,
      'An assertion reads like `status == 200`, `time < 500ms`, `json $.ok == true`.',
    );
  if (settings.timeout > settings.interval) throw invalid('The time limit is longer than the interval.', 'Make the interval longer.');
  if (check.kind === 'docker' && (service === null || environment === null)) {
    throw invalid('A Docker check needs the service and the environment it is deployed to.', 'Name both.');
  }
  if (check.kind === 'http') refuseAddress(check);
  const [secret] = secretNames(check);
  if (secret !== undefined && environment === null) {
    throw invalid(`The secret ${secret} is read from an environment, and none is named.`, 'Name the environment whose secret it is.');
  }
}

function refuseAddress({ url, headers }: Extract<Check, { kind: 'http' }>): void {
  const problem = addressProblem(url);
  if (problem !== undefined)
    throw invalid(`The address ${problem}.`, 'Headers with secrets are named by `secretHeaders` (`--secret-header`).');
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw invalid(`The header ${JSON.stringify(name)} cannot be sent.`, 'A name is letters, digits and "-"; a value is one line.');
    }
  }
}

function invalid(message: string, hint: string): Failure {
  return new Failure('invalid', message.replace(/\.\.$/, '.'), { hint });
}

function refuseTaken(other: MonitorRecord | undefined, own: string | undefined): void {
  if (other === undefined || other.id === own) return;
  throw new Failure('conflict', `There is a monitor "${other.name}" already.`, {
    hint: other.orphan === null ? 'Choose another name.' : 'It is an orphan: remove it first, or choose another name.',
  });
}

function refuseOfFile({ name, source, orphan }: MonitorRecord): void {
  if (source !== 'file') return;
  throw new Failure('conflict', `${name} is a monitor of hearth.yaml.`, {
    hint:
      orphan === null ? 'Change it there, then apply (`hearth config apply`).' : 'Its entry is gone; `hearth monitor remove` forgets it.',
  });
}
