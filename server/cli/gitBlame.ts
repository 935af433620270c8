import { promises as fs } from 'node:fs';
import path from 'node:path';
import { decodeText } from '../git/textDecoding.ts';
import { blame, content } from '../protocol/git.ts';
import type { FileRef } from '../protocol/gitTypes.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import { relativeTime } from '../time.ts';
import type { Command, CommandContext, OptionValues } from './command.ts';
import { locateFile } from './gitPath.ts';
import { column, oneLine, plain } from './text.ts';
import { UsageFailure } from './usage.ts';

type Result = ResultOf<typeof blame>;

/** Uncommitted lines carry this id, in as many digits as the repository's ids have. */
const zero = /^0+$/;

/** `hearth git blame`: which commit each line comes from. */
export const blameCommand: Command = {
  domain: 'git',
  verb: 'blame',
  usage: 'hearth git blame FILE [--rev R] [--lines A,B] [--contents FILE]',
  purpose: 'Show for each line of a file which commit it comes from.',
  examples: [
    'hearth git blame src/app.ts',
    'hearth git blame src/app.ts --lines 10,20',
    'hearth git blame src/app.ts --rev v1.0 -w -C',
    'hearth git blame src/app.ts --contents - < unsaved.ts',
    'hearth git blame src/app.ts --json',
  ],
  options: {
    rev: { type: 'string', value: 'R', help: 'as of this revision instead of the working file' },
    lines: { type: 'string', short: 'L', value: 'A,B', help: 'only these lines' },
    contents: { type: 'string', value: 'FILE', help: 'blame this text as if it were the working file (`-` reads standard input)' },
    'ignore-whitespace': { type: 'boolean', short: 'w', help: 'look through changes of white space' },
    moves: { type: 'boolean', short: 'M', help: 'find lines that were moved within the file' },
    copies: {
      type: 'boolean',
      short: 'C',
      multiple: true,
      help: 'find lines moved or copied from other files; -C -C and -C -C -C look further',
    },
    'no-ignore-revs': {
      type: 'boolean',
      help: 'do not look through the revisions that .git-blame-ignore-revs and blame.ignoreRevsFile name',
    },
    iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' },
  },
  run: async (context) => {
    const { args, rest, options, output, json, send } = context;
    if (args.length + rest.length > 1) throw new UsageFailure('One file at a time.', 'A revision is given with --rev.');
    const found = await locateFile(context, 0);
    if (found === undefined) throw new UsageFailure('Which file?');
    const contents = await contentsOf(context);
    const lines = linesOf(options['lines']);
    const revision = options['rev'];
    const params = {
      ...found,
      ...(typeof revision === 'string' ? { revision } : {}),
      ...(contents === undefined ? {} : { contentsBytes: contents.toString('base64') }),
      ...(lines === undefined ? {} : { lines }),
      options: blameOptionsOf(options),
    };
    const result = await send(blame, params);
    for (const warning of result.warnings ?? []) output.error(`hearth: warning: ${warning}`);
    if (json) {
      const { path: file, revision: commit, lines: columns, origins, commits } = result;
      await output.json({ path: file, ...(commit === undefined ? {} : { revision: commit }), lines: columns, origins, commits });
      return 0;
    }
    const text = contents ?? (await textOf(context, found, result, typeof revision === 'string'));
    output.page();
    await print(context, result, shownLines(text), lines?.start ?? 1);
    return 0;
  },
};

function blameOptionsOf(options: OptionValues): NonNullable<ParamsOf<typeof blame>['options']> {
  const copies = options['copies'];
  const times = Array.isArray(copies) ? Math.min(3, copies.length) : 0;
  return {
    ignoreWhitespace: options['ignore-whitespace'] === true,
    moves: options['moves'] === true,
    copies: times as 0 | 1 | 2 | 3,
    ignoreRevs: options['no-ignore-revs'] !== true,
  };
}

/** `10,20` or `10,+5`, as git takes them. */
function linesOf(given: OptionValues[string]): { start: number; end: number } | undefined {
  if (given === undefined) return undefined;
  const match = String(given).match(/^([1-9]\d{0,8}),(\+?)([1-9]\d{0,8})$/);
  if (match === null) throw new UsageFailure(`--lines takes two line numbers, as in 10,20; not "${String(given)}".`);
  const start = Number(match[1]);
  const end = match[2] === '+' ? start + Number(match[3]) - 1 : Number(match[3]);
  return start <= end ? { start, end } : { start: end, end: start };
}

async function contentsOf({ options, cwd }: CommandContext): Promise<Buffer | undefined> {
  const given = options['contents'];
  if (typeof given !== 'string') return undefined;
  if (given !== '-') return fs.readFile(path.resolve(cwd, given));
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The text whose lines are shown. */
async function textOf(
  { send }: CommandContext,
  found: { repository: string; file: FileRef },
  result: Result,
  committed: boolean,
): Promise<Buffer> {
  const side =
    committed && result.revision !== undefined ? ({ kind: 'commit', revision: result.revision } as const) : ({ kind: 'worktree' } as const);
  const answer = await send(content, { ...found, side, encoding: 'base64' });
  return answer.kind === 'base64' ? Buffer.from(answer.base64, 'base64') : Buffer.alloc(0);
}

/** Lines as git counts them; UTF-16 is decoded first, so that a terminal can show it. */
function shownLines(data: Buffer): string[] {
  const lines = decodeText(data).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => plain(line.replace(/\r$/, '')));
}

async function print({ output, options }: CommandContext, result: Result, text: readonly string[], first: number): Promise<void> {
  const { lines, commits = {}, origins = [] } = result;
  if (lines === undefined) return;
  const iso = options['iso'] === true;
  const now = Date.now();
  const numbers = String(first + lines.commit.length - 1).length;
  const names = Object.values(commits).map(({ author }) => [...oneLine(author)].length);
  const nameWidth = Math.min(24, Math.max(1, ...names));
  const paths = new Set(lines.origin.map((index) => origins[index]?.path));
  const showPath = paths.size > 1 || !paths.has(result.path);
  const pathWidth = showPath ? Math.max(...[...paths].map((each) => [...oneLine(each ?? '')].length)) : 0;
  const times = new Map<string, string>();
  for (const [id, { authorTime, authorTz }] of Object.entries(commits))
    times.set(id, iso ? zonedTime(authorTime, authorTz) : relativeTime(authorTime, now / 1000 < authorTime ? authorTime * 1000 : now));
  const timeWidth = Math.max(0, ...[...times.values()].map((each) => each.length));
  const out: string[] = [];
  let before = '';
  for (let index = 0; index < lines.commit.length; index++) {
    const id = lines.commit[index] as string;
    const facts = commits[id];
    const uncommitted = zero.test(id);
    const mark = facts?.boundary === true ? `^${id.slice(0, 7)}` : id.slice(0, 8);
    const origin = showPath ? ` ${column(oneLine(origins[lines.origin[index] as number]?.path ?? ''), pathWidth)}` : '';
    const who = column(oneLine(facts?.author ?? ''), nameWidth);
    const when = (times.get(id) ?? '').padStart(timeWidth);
    const head = `${output.style(uncommitted ? 'dim' : 'yellow', mark)}${output.style('dim', origin)}`;
    // Lines of the same commit read as one block on a terminal.
    const about = output.style(id === before ? 'dim' : uncommitted ? 'dim' : 'cyan', `${who} ${when}`);
    out.push(`${head} (${about} ${String(first + index).padStart(numbers)}) ${text[first - 1 + index] ?? ''}`);
    before = id;
    if (out.length === 1000) {
      await output.write(`${out.splice(0).join('\n')}\n`);
      if (output.closed) return;
    }
  }
  if (out.length > 0) await output.write(`${out.join('\n')}\n`);
}

/** `2024-01-31 13:00:00 +0100`: the author's own clock, as git shows it. */
function zonedTime(seconds: number, zone: string): string {
  const match = zone.match(/^([+-])(\d\d)(\d\d)$/);
  const offset = match === null ? 0 : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 3600 + Number(match[3]) * 60);
  const date = new Date((seconds + offset) * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds} ${zone}`;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} ${zone}`;
}
