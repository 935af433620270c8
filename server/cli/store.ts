import type { ResultOf } from '../protocol/message.ts';
import { diagnose, info, migrate, recover } from '../protocol/store.ts';
import { Failure } from '../rpc/failure.ts';
import { relativeTime } from '../time.ts';
import type { Command } from './command.ts';
import { sizeText } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth store`: what the store holds, and what to do when it cannot be opened. */

const infoCommand: Command = {
  domain: 'store',
  verb: 'info',
  usage: 'hearth store info',
  purpose: 'Say how large the store is and what it holds.',
  examples: ['hearth store info', 'hearth store info --json'],
  options: {},
  run: async ({ send, json, output }) => {
    const found = await send(info, {});
    if (json) await output.json(found);
    else await output.write(infoText(found));
    return 0;
  },
};

const migrateCommand: Command = {
  domain: 'store',
  verb: 'migrate',
  usage: 'hearth store migrate --dry-run',
  purpose: 'Try the migrations of this version on a copy in memory and say what they would change. The hub migrates when it starts.',
  examples: ['hearth store migrate --dry-run', 'hearth store migrate --dry-run --json'],
  options: { 'dry-run': { type: 'boolean', help: 'only try; required, for a hub migrates by itself' } },
  run: async ({ send, options, json, output }) => {
    if (options['dry-run'] !== true) throw new UsageFailure('Say --dry-run: the hub migrates by itself when it starts.');
    const found = await send(migrate, { dryRun: true });
    if (json) await output.json(found);
    else await output.write(migrateText(found));
    return found.integrity === 'ok' && found.foreignKeys === 0 ? 0 : 1;
  },
};

const recoverCommand: Command = {
  domain: 'store',
  verb: 'recover',
  usage: 'hearth store recover [--yes]',
  purpose: 'Go on with what is readable when a journal is damaged in the middle; damaged files are kept in quarantine.',
  examples: ['hearth store recover', 'hearth store recover --yes'],
  options: { yes: { type: 'boolean', help: 'leave out what cannot be read in order' } },
  run: async ({ send, options, json, output }) => {
    if (options['yes'] === true) {
      const confirmed: object = { confirmed: true };
      const done = await send(recover, { ...confirmed });
      if (json) await output.json(done);
      else await output.write(recoveredText(done));
      return 0;
    }
    const found = await send(diagnose, {});
    if (json) await output.json(found);
    if (found.state === 'whole') {
      if (!json) await output.line(`The store is whole, up to change ${found.position}: there is nothing to recover.`);
      return 0;
    }
    if (!json) for (const file of found.damaged) await output.line(`damaged  ${file}`);
    throw new Failure(
      'precondition',
      `${found.problem} ${counted(found.lost, 'change')} after change ${found.position} would be left out.`,
      {
        hint: 'If there is no better backup (`hearth backup list`), `--yes` goes on without; the damaged files are kept.',
      },
    );
  },
};

export const storeCommands: readonly Command[] = [infoCommand, migrateCommand, recoverCommand];

function infoText({
  home,
  ownerId,
  schema,
  tables,
  position,
  snapshot,
  size,
  records,
  quarantined,
  warnings,
}: ResultOf<typeof info>): string {
  const rows: [string, string][] = [
    ['Home', home],
    ['Owner id', ownerId],
    ['Schema', String(schema)],
    ['Changes', `${position}, ${records} of them since the last snapshot`],
    ['Snapshot', snapshot === undefined ? 'none' : `${snapshot.name}, ${relativeTime(snapshot.time / 1000)}`],
    ['Database', sizeText(size.database)],
    [
      'On disk',
      `${sizeText(size.snapshots)} snapshots, ${sizeText(size.journals)} journals, ${sizeText(size.segments)} sealed events, ${sizeText(size.backups)} backups`,
    ],
    ...tables.map(({ name, rows: count }): [string, string] => ['Table', `${name.padEnd(20)} ${String(count).padStart(9)}`]),
    ...quarantined.map((name): [string, string] => ['Quarantine', name]),
    ...warnings.map((text): [string, string] => ['Warning', text]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(11)} ${value}\n`).join('');
}

function migrateText({ from, to, steps, integrity, foreignKeys, tables, schemaDifference }: ResultOf<typeof migrate>): string {
  if (steps.length === 0) return `The store has schema ${from}, which is what this version uses.\n`;
  const changed = tables.filter(({ before, after }) => before !== after);
  return [
    `Schema ${from} → ${to}, tried on a copy; nothing was changed.`,
    ...steps.map(({ version, name, statements }) => `${String(version).padStart(4)}  ${name} (${counted(statements, 'statement')})`),
    ...schemaDifference,
    ...changed.map(({ name, before, after }) => `${name}: ${before ?? 'no table'} → ${after ?? 'no table'} rows`),
    `Integrity: ${integrity}. Rows that refer to nothing: ${foreignKeys}.`,
    '',
  ].join('\n');
}

function recoveredText({ position, lost, quarantined }: ResultOf<typeof recover>): string {
  return [
    lost === 0 && quarantined.length === 0
      ? `The store is whole, up to change ${position}: nothing was done.`
      : `The store is open again; ${counted(lost, 'change')} left out.`,
    ...quarantined.map((name) => `in quarantine  ${name}`),
    '',
  ].join('\n');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
