import type { HistoryRow } from '../git/historyParser.ts';
import { history } from '../protocol/git.ts';
import type { Command, CommandContext } from './command.ts';
import { lineStart } from './gitLog.ts';
import { locateFile } from './gitPath.ts';
import { limitOf, numberOf, printRows } from './gitRows.ts';
import { oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth git history`: revisions of a file across renames, of a folder, of lines, of a function. */
export const historyCommand: Command = {
  domain: 'git',
  verb: 'history',
  usage: 'hearth git history FILE [--lines A,B | --function NAME] [--rev R] [-n N]',
  purpose: 'List the revisions of a file (across renames), a folder, a range of lines or a function.',
  examples: [
    'hearth git history src/app.ts',
    'hearth git history src/app.ts --lines 10,20',
    'hearth git history src/app.ts --function main --json',
    'hearth git history src -n 20',
  ],
  options: {
    lines: { type: 'string', short: 'L', value: 'A,B', help: 'only what changed these lines (of HEAD or the revision)' },
    function: { type: 'string', value: 'NAME', help: 'only what changed this function' },
    rev: { type: 'string', value: 'R', help: 'from this revision back (default HEAD)' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many revisions' },
    skip: { type: 'string', value: 'N', help: 'leave out so many of the newest' },
    iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' },
  },
  run: async (context) => {
    const { args, rest, options } = context;
    if (args.length + rest.length > 1) throw new UsageFailure('The history of one file or folder at a time.');
    const found = await locateFile(context, 0);
    if (found === undefined) throw new UsageFailure('Which file?');
    const lines = linesOf(options['lines']);
    const asked = options['function'];
    if (lines !== undefined && asked !== undefined) throw new UsageFailure('Ask for lines or for a function, not for both.');
    let path = 'path' in found.file ? found.file.path : '';
    await printRows(
      context,
      history,
      {
        ...found,
        ...(typeof options['rev'] === 'string' ? { revision: options['rev'] } : {}),
        ...(lines === undefined ? {} : { lines }),
        ...(typeof asked === 'string' ? { function: asked } : {}),
        limit: limitOf(options),
        skip: numberOf(options, 'skip', 0) ?? 0,
      },
      ({ revisions }) => revisions,
      {
        json: ({ id, path: there, authorTime, ...row }) => ({ id, path: there, ...row, time: authorTime, authorTime }),
        text: (row) => {
          const line = revisionLine(row, path, context);
          path = row.oldPath ?? row.path;
          return line;
        },
      },
    );
    return 0;
  },
};

/** `10,20`, `10` or `10:20`. */
function linesOf(text: unknown): { start: number; end: number } | undefined {
  if (text === undefined) return undefined;
  const match = String(text).match(/^([1-9]\d*)(?:[,:-]([1-9]\d*))?$/);
  if (match === null) throw new UsageFailure('--lines takes two line numbers: 10,20.');
  return { start: Number(match[1]), end: Number(match[2] ?? match[1]) };
}

/** What happened is said where it is more than a change of content. */
function revisionLine(row: HistoryRow, path: string, context: CommandContext): string {
  const { output } = context;
  const what =
    row.oldPath === undefined
      ? row.status === undefined || row.status === 'modified'
        ? ''
        : row.status
      : `${row.status} from ${row.oldPath}`;
  const where = row.path === path ? '' : row.path;
  const note = [where, what].filter((part) => part !== '').join(' ');
  return `${lineStart(row, context)}${note === '' ? '' : `${output.style('cyan', `[${oneLine(note)}]`)} `}${oneLine(row.subject)}`;
}
