import type { Migration } from '../../config/hearthTypes.ts';
import { Failure } from '../../rpc/failure.ts';
import { beginMigration, endMigration, type MigrationState, migrationKey, readMigration, unknownMigration } from '../migrations.ts';
import type { Operation } from '../operation.ts';
import { type Ended, endedText, finishOneOff, lookAtOneOff, makeOneOff, mustEndWell, removeOneOff, within } from './oneOff.ts';

/** Names of its steps, and of its containers. */
const steps = { plan: 'migrate-plan', dryRun: 'migrate-dry', make: 'migrate-make', run: 'migrate' } as const;
const back = { make: 'migrate-back-make', run: 'migrate-back' } as const;

/** Whether this deployment runs it. */
export type Planned = { readonly run: boolean; readonly key: string; readonly message: string };

/** What became of it, as its step keeps it. */
export type Migrated = {
  readonly state: Extract<MigrationState, 'done' | 'failed' | 'taken-back' | 'unknown'>;
  /** Something of it may have run. */
  readonly ran: boolean;
  /** After "The migration of web". */
  readonly message: string;
};

/**
 * Runs the migration of the service, once for a release: its image and what runs. One that ran when the hub was killed is waited for; when its
 * container is gone nobody can say how far it came, and it is not run again. Rejects with `precondition` when it does not end well.
 */
export async function migrate(operation: Operation): Promise<void> {
  const { migrate: migration, name } = operation.record.config.service;
  if (migration === undefined) return;
  const planned = await operation.step<Planned>(steps.plan, async () => {
    const decided = await plan(operation, migration);
    if (!decided.run) operation.say(`The migration is not run: ${decided.message}`);
    return decided;
  });
  if (!planned.run) return;
  await dryRun(operation, migration);
  operation.tell('running the migration');
  const migrated = await runOnce(operation, { steps, command: migration.run, timeout: migration.timeout, key: planned.key, done: 'done' });
  operation.tell(null);
  await removeOneOff(operation, steps.run);
  if (migrated.state === 'done') return;
  throw new Failure('precondition', `The migration of ${name} ${migrated.message}.`, {
    hint:
      migrated.state === 'unknown'
        ? 'Look at the database, then deploy again: you are asked before it is run.'
        : 'What it said is in the log.',
  });
}

async function plan({ record, parts }: Operation, migration: Migration): Promise<Planned> {
  if (record.imageId === null) throw new Failure('internal', 'A migration needs the image it runs in.');
  const key = migrationKey(record.imageId, migration);
  if (record.rollbackTo !== null) return { run: false, key, message: 'going back to a release leaves the database as it is.' };
  const { known, unknown } = await parts.store.read((reader) => ({
    known: readMigration(reader, record, key),
    unknown: unknownMigration(reader, record),
  }));
  if (known?.state === 'done') return { run: false, key, message: `it ran with this image in ${known.deployment} already.` };
  // One that was known when this was asked for was answered for then.
  if (unknown !== undefined && (unknown.ended ?? unknown.started) >= record.created) throw mayHaveRun(record.service, unknown.deployment);
  return { run: true, key, message: '' };
}

function mayHaveRun(service: string, deployment: string): Failure {
  return new Failure('precondition', `Nobody can say whether the migration of ${service} in ${deployment} ran to its end.`, {
    hint: 'Look at the database, then deploy again: you are asked before it is run.',
  });
}

async function dryRun(operation: Operation, { dryRun: command, timeout }: Migration): Promise<void> {
  if (command === undefined) return;
  operation.tell('trying the migration (dry run)');
  const { ended } = await operation.step<{ ended: Ended }>(
    steps.dryRun,
    async (signal) => {
      await makeOneOff(operation, steps.dryRun, command, signal);
      return { ended: await finishOneOff(operation, steps.dryRun, timeout, signal) };
    },
    { within: within(operation, timeout) },
  );
  await removeOneOff(operation, steps.dryRun);
  mustEndWell(`Nothing was changed: the dry run of the migration of ${operation.record.service}`, ended, timeout);
}

interface Once {
  readonly steps: { readonly make: string; readonly run: string };
  readonly command: readonly string[];
  readonly timeout: number;
  readonly key: string;
  /** What it is when it has ended well. */
  readonly done: 'done' | 'taken-back';
}

/**
 * Runs a command that must not run twice: its container is made first; from when the intent to start it is written it is only ever started when
 * the engine says that it was not.
 */
async function runOnce(operation: Operation, once: Once): Promise<Migrated> {
  const { steps: names, command, timeout, key, done } = once;
  const { began } = await operation.step(names.make, async (signal) => {
    await makeOneOff(operation, names.run, command, signal);
    return { began: Date.now() };
  });
  const wasBegun = operation.hasBegun(names.run);
  const remaining = Math.min(timeout, Math.max(timeout / 4, timeout - (Date.now() - began)));
  return operation.step<Migrated>(
    names.run,
    async (signal) => {
      const ended = await finishOneOff(operation, names.run, remaining, signal);
      if (ended.kind === 'gone' && !wasBegun) return { state: 'failed', ran: false, message: 'was not run: its container was removed' };
      return migratedOf(ended, timeout, done);
    },
    {
      within: within(operation, remaining),
      ...(done === 'done' ? { before: (transaction) => beginMigration(transaction, operation.record, key) } : {}),
      also: (transaction, { state }) => endMigration(transaction, operation.record, key, state),
    },
  );
}

/** Of a migration that was planned. */
function keyOf(operation: Operation): string {
  return (operation.stepOf(steps.plan)?.evidence as Planned | undefined)?.key ?? '';
}

function migratedOf(ended: Ended, timeout: number, done: Once['done']): Migrated {
  if (ended.kind === 'gone') return { state: 'unknown', ran: true, message: 'was lost: nobody can say whether it ran to its end' };
  if (ended.kind === 'ended' && ended.exitCode === 0) return { state: done, ran: true, message: 'ended well' };
  return { state: 'failed', ran: ended.kind !== 'refused', message: endedText(ended, timeout).replace(/\.$/, '') };
}

/** What became of a migration that was under way when its deployment ended: it is stopped. Before its container is removed. */
export async function settleMigration(operation: Operation): Promise<void> {
  if (operation.stepOf(steps.run)?.state !== 'intent') return;
  const key = keyOf(operation);
  await operation.step<Migrated>(steps.run, (signal) => stopped(operation, signal), {
    also: (transaction, { state }) => endMigration(transaction, operation.record, key, state),
  });
}

async function stopped(operation: Operation, signal: AbortSignal): Promise<Migrated> {
  const { engine } = await operation.maker(signal);
  const { stopTimeout } = operation.record.config.service;
  const found = await lookAtOneOff(operation, steps.run, signal);
  if (found === undefined) return migratedOf({ kind: 'gone' }, 0, 'done');
  if (found.state === 'created') return { state: 'failed', ran: false, message: 'was not run' };
  if (found.exitCode !== undefined) return migratedOf({ kind: 'ended', exitCode: found.exitCode, milliseconds: 0 }, 0, 'done');
  await engine.stopContainer(found.id, stopTimeout, signal);
  return { state: 'failed', ran: true, message: 'was stopped on its way' };
}

/** Milliseconds that taking it back may take. */
export function backTime(operation: Operation): number {
  const { migrate: migration } = operation.record.config.service;
  return migration === undefined ? 0 : within(operation, migration.timeout) + within(operation, 0);
}

/** Whether it is being taken back: everything else is as it was by then. */
export function hasBegunBack(operation: Operation): boolean {
  return operation.hasBegun(back.make);
}

/**
 * Takes the migration of this deployment back, where something of it ran and the service says how; once. Rejects with `precondition` when that does
 * not end well.
 */
export async function migrateBack(operation: Operation): Promise<void> {
  const { migrate: migration, name } = operation.record.config.service;
  const step = operation.stepOf(steps.run);
  if (migration === undefined || step === undefined) return;
  const { ran, state } = step.evidence as Migrated;
  if (!ran || state === 'unknown') return;
  if (migration.rollback === undefined) {
    operation.say('The database stays as the migration has left it: `migrate` has no `rollback`.');
    return;
  }
  if (!operation.masks) throw new Failure('precondition', `The migration of ${name} was not taken back: secrets cannot be read.`);
  operation.tell('taking the migration back');
  const given = {
    steps: back,
    command: migration.rollback,
    timeout: migration.timeout,
    key: keyOf(operation),
    done: 'taken-back',
  } as const;
  const taken = await runOnce(operation, given);
  operation.tell(null);
  await removeOneOff(operation, back.run);
  if (taken.state !== 'taken-back') {
    throw new Failure('precondition', `The rollback of the migration of ${name} ${taken.message}; look at the database.`);
  }
  operation.say('The migration was taken back.');
}
