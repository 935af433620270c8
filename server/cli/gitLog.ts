import { log } from '../protocol/git.ts';
import type { CommitRow } from '../protocol/gitTypes.ts';
import { shownTime } from '../time.ts';
import type { Command, CommandContext } from './command.ts';
import { pathInRepository } from './gitPath.ts';
import { limitOf, numberOf, printRows } from './gitRows.ts';
import { column, oneLine } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth git log`: commits, newest first, one line each. */
export const logCommand: Command = {
  domain: 'git',
  verb: 'log',
  usage: 'hearth git log [REV] [-n N] [-- PATH…]',
  purpose: 'List commits, newest first.',
  examples: ['hearth git log -n 20', 'hearth git log main..topic', 'hearth git log v1.0 --json -- src', 'hearth git log --all --iso'],
  options: {
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many commits' },
    skip: { type: 'string', value: 'N', help: 'leave out so many of the newest' },
    all: { type: 'boolean', help: 'commits of all branches and tags' },
    iso: { type: 'boolean', help: 'exact times instead of "3 weeks ago"' },
  },
  run: async (context) => {
    const { args, rest, options, locate } = context;
    if (args.length > 1) throw new UsageFailure('Only one revision can be listed.', 'Put -- before paths.');
    const place = await locate();
    await printRows(
      context,
      log,
      {
        repository: place.repository,
        ...(args[0] === undefined ? {} : { revision: args[0] }),
        all: options['all'] === true,
        paths: rest.map((given) => pathInRepository(given, place)),
        limit: limitOf(options),
        skip: numberOf(options, 'skip', 0) ?? 0,
      },
      ({ commits }) => commits,
      { text: (commit) => commitLine(commit, context) },
    );
    return 0;
  },
};

/** Id, age, author, refs, subject. */
function commitLine(commit: CommitRow, context: CommandContext): string {
  const refs = shownRefs(commit.refs, context);
  return `${lineStart(commit, context)}${refs === '' ? '' : `${refs} `}${oneLine(commit.subject)}`;
}

/** The columns that log and history share. */
export function lineStart(row: { id: string; author: string; authorTime: number }, { output, options }: CommandContext): string {
  const iso = options['iso'] === true;
  const time = column(shownTime(row.authorTime, iso), iso ? 20 : 14);
  return `${output.style('yellow', row.id.slice(0, 10))}  ${output.style('green', time)}  ${output.style('blue', column(oneLine(row.author), 18))}  `;
}

/** `(HEAD -> main, tag: v1)` as git shows it. */
export function shownRefs(refs: readonly string[], { output }: CommandContext): string {
  if (refs.length === 0) return '';
  const names = refs.map((ref) => {
    if (ref.startsWith('refs/tags/')) return output.style('yellow', `tag: ${oneLine(ref.slice(10))}`);
    if (ref.startsWith('refs/remotes/')) return output.style('red', oneLine(ref.slice(13)));
    return output.style(ref === 'HEAD' ? 'cyan' : 'green', oneLine(ref.replace(/^refs\/(heads\/)?/, '')));
  });
  const [first, second, ...more] = names;
  const onBranch = refs[0] === 'HEAD' && refs[1]?.startsWith('refs/heads/');
  return `(${onBranch ? [`${first} -> ${second}`, ...more].join(', ') : names.join(', ')})`;
}
