import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { InputOf, ResultOf } from '../protocol/message.ts';
import { backups, createBackup, previewRestore, restore, verifyBackup } from '../protocol/store.ts';
import { isoTime, shownTime } from '../time.ts';
import type { Command, CommandContext } from './command.ts';
import { confirmedBy, identityOf, replaceOptions } from './replaceState.ts';
import { column, oneLine, sizeText } from './text.ts';
import { momentOf } from './timeArgument.ts';
import { noArguments, UsageFailure } from './usage.ts';

type Source = InputOf<typeof restore>['source'];
type BackupRow = ResultOf<typeof createBackup>['backup'];

/** `hearth backup …`: what there is, one more, and the way back. */

const listCommand: Command = {
  domain: 'backup',
  verb: 'list',
  usage: 'hearth backup list',
  purpose: 'List the backups, newest first, and the span of time that can be restored to any moment.',
  examples: ['hearth backup list', 'hearth backup list --json'],
  options: { iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' } },
  run: async (context) => {
    const { send, json, output } = context;
    noArguments(context);
    const found = await send(backups, {});
    if (json) return output.json(found).then(() => 0);
    for (const row of found.backups) await output.line(backupLine(row, context));
    if (found.backups.length === 0) output.error('There is no backup yet. `hearth backup create` writes one.');
    if (found.span !== undefined) await output.line(`Any moment since ${isoTime(found.span.from / 1000)} can be restored with --at.`);
    return 0;
  },
};

const createCommand: Command = {
  domain: 'backup',
  verb: 'create',
  usage: 'hearth backup create [--out FILE]',
  purpose:
    'Write a backup now and check it by opening it. Secrets in it stay encrypted, and their keys are not in it (`hearth env key export`).',
  examples: ['hearth backup create', 'hearth backup create --out /mnt/usb/hearth.backup'],
  options: { out: { type: 'string', short: 'o', value: 'FILE', help: 'copy it to this file too; in a folder it keeps its name' } },
  run: async (context) => {
    const { send, json, output, options, cwd } = context;
    noArguments(context);
    const out = options['out'];
    const { backup } = await send(createBackup, typeof out === 'string' ? { path: path.resolve(cwd, out) } : {});
    if (json) return output.json({ backup }).then(() => 0);
    await output.line(backupLine(backup, context));
    return 0;
  },
};

const verifyCommand: Command = {
  domain: 'backup',
  verb: 'verify',
  usage: 'hearth backup verify NAME',
  purpose: 'Open a backup and check it. Exit code 1 when something is wrong with it.',
  examples: ['hearth backup verify 20260131T120000000Z-daily-4711.backup'],
  options: {},
  run: async ({ args: [name, ...more], send, json, output }) => {
    if (name === undefined || more.length > 0) throw new UsageFailure('Which backup? `hearth backup list` shows their names.');
    const found = await send(verifyBackup, { name });
    if (json) await output.json(found);
    else {
      for (const problem of found.problems) await output.line(`${output.style('red', '✗')} ${oneLine(problem)}`);
      if (found.problems.length === 0) await output.line(`${output.style('green', '✓')} ${name} is whole.`);
    }
    return found.problems.length === 0 ? 0 : 1;
  },
};

const sourceUsage = '(NAME | FILE | --at TIME)';
const at = { type: 'string', value: 'TIME', help: 'the state of this moment: 2h (ago), 2026-01-31, "2026-01-31 14:30"' } as const;

const previewCommand: Command = {
  domain: 'backup',
  verb: 'preview',
  usage: `hearth backup preview ${sourceUsage}`,
  purpose: 'Say what a restore would change. Nothing is changed.',
  examples: ['hearth backup preview 20260131T120000000Z-daily-4711.backup', 'hearth backup preview --at 2h'],
  options: { at },
  run: async (context) => {
    const preview = await context.send(previewRestore, { source: sourceOf(context) });
    if (context.json) await context.output.json(preview);
    else await printPreview(context, preview);
    return 0;
  },
};

const restoreCommand: Command = {
  domain: 'backup',
  verb: 'restore',
  usage: `hearth backup restore ${sourceUsage} [--move | --copy] [--yes]`,
  purpose:
    'Replace the state by that of a backup or a moment; a backup of the present is written first. Without `--yes` it says what would change.',
  examples: [
    'hearth backup restore 20260131T120000000Z-daily-4711.backup',
    'hearth backup restore --at "2026-01-31 14:30" --yes',
    'hearth backup restore /mnt/usb/hearth.backup --copy --yes',
  ],
  options: { at, ...replaceOptions },
  run: async (context) => {
    const { send, json, output, options } = context;
    const source = sourceOf(context);
    const said = identityOf(context);
    const preview = await send(previewRestore, { source });
    if (options['yes'] !== true) {
      if (json) await output.json({ preview });
      else await printPreview(context, preview);
    }
    // Of itself a home is the same one; only another's identity is a question.
    const own = preview.ownerId.now === preview.ownerId.restored;
    if (said === undefined && !own) {
      throw new UsageFailure('The backup is of another home.', '`--move` goes on as that one, `--copy` gets an identity of its own.');
    }
    const result = await send(restore, confirmedBy(context, { source, identity: said ?? 'move' }));
    if (json) await output.json(result);
    else {
      await output.line(`Restored; ${result.eventsUndone} ${result.eventsUndone === 1 ? 'event' : 'events'} undone.`);
      await output.line(`The state before is kept: hearth backup restore ${result.backup}`);
    }
    return 0;
  },
};

export const backupCommands: readonly Command[] = [listCommand, createCommand, verifyCommand, previewCommand, restoreCommand];

/** A name as `backup list` shows it, else a file. */
function sourceOf({ args, options, cwd }: CommandContext): Source {
  const [named, ...more] = args;
  const moment = options['at'];
  if (more.length > 0 || (named === undefined) === (typeof moment !== 'string')) {
    throw new UsageFailure('Restore what? A backup, a file, or --at a moment.', '`hearth backup list` shows the backups.');
  }
  if (typeof moment === 'string') return { time: momentOf(moment, '--at') };
  const name = named ?? '';
  const file = path.resolve(cwd, name);
  if (/[\\/]/.test(name) || (existsSync(file) && statSync(file).isFile())) return { path: file };
  return { name };
}

function backupLine({ name, time, why, size, verified }: BackupRow, { output, options }: CommandContext): string {
  const iso = options['iso'] === true;
  const when = output.style('green', column(shownTime(Math.floor(time / 1000), iso), iso ? 20 : 14));
  return `${when}  ${column(why, 9)}  ${sizeText(size).padStart(9)}  ${name}${verified ? '' : output.style('red', '  not verified')}`;
}

async function printPreview({ output }: CommandContext, preview: ResultOf<typeof previewRestore>): Promise<void> {
  const { time, schema, tables, eventsUndone, ownerId } = preview;
  await output.line(`State of ${isoTime(time / 1000)} (schema ${schema})`);
  const width = Math.max(...tables.map(({ name }) => name.length), 5);
  await output.line(output.style('dim', `${column('table', width)}  ${'now'.padStart(9)}  ${'restored'.padStart(9)}`));
  for (const { name, now, restored } of tables) {
    const line = `${column(name, width)}  ${String(now).padStart(9)}  ${String(restored).padStart(9)}`;
    await output.line(now === restored ? line : output.style('bold', line));
  }
  await output.line(`${eventsUndone} ${eventsUndone === 1 ? 'event' : 'events'} would be undone.`);
  if (ownerId.now !== ownerId.restored)
    await output.line(`It carries the identity of another home: ${ownerId.restored} (this one is ${ownerId.now}).`);
}
