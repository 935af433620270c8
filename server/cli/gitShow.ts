import { publicRow } from '../git/diffExportJson.ts';
import { quote } from '../git/diffPath.ts';
import { content, show } from '../protocol/git.ts';
import type { ResultOf } from '../protocol/message.ts';
import { Failure } from '../rpc/failure.ts';
import { isoTime, relativeTime } from '../time.ts';
import type { Command, CommandContext } from './command.ts';
import { statLines } from './gitDiffStat.ts';
import { shownRefs } from './gitLog.ts';
import { pathInRepository } from './gitPath.ts';
import { oneLine, plain } from './text.ts';
import { UsageFailure } from './usage.ts';

/** `hearth git show`: one commit with its message and files, or a file as it was. */
export const showCommand: Command = {
  domain: 'git',
  verb: 'show',
  usage: 'hearth git show [REV | REV:PATH]',
  purpose: 'Show a commit with its message and changed files, or a file as it was in one.',
  examples: ['hearth git show', 'hearth git show v1.0 --json', 'hearth git show HEAD~3:src/app.ts > old.ts'],
  options: { iso: { type: 'boolean', help: 'only exact times' } },
  run: async (context) => {
    const { args, rest, output, json, send, locate } = context;
    if (args.length > 1) throw new UsageFailure('Only one revision can be shown.');
    if (rest.length > 0) throw new UsageFailure('A commit is shown whole.', '`hearth git diff REV^ REV -- PATH` shows some of its files.');
    const [revision = 'HEAD'] = args;
    const place = await locate();
    const named = splitFile(revision);
    if (named !== undefined) return showFile(context, place, named);
    const commit = await send(show, { repository: place.repository, revision });
    if (json) await output.json({ ...commit, files: commit.files.map(publicRow) });
    else {
      output.page();
      await output.write(commitText(commit, context));
    }
    return 0;
  },
};

/** `REV:PATH`, but not `:/text` (a search), `HEAD^{/a:b}` or `@{10:30}`. */
function splitFile(revision: string): { revision: string; path: string } | undefined {
  let depth = 0;
  for (let at = 0; at < revision.length; at++) {
    const character = revision[at];
    if (character === '{') depth++;
    else if (character === '}') depth--;
    else if (character === ':' && depth === 0)
      return at === 0 ? undefined : { revision: revision.slice(0, at), path: revision.slice(at + 1) };
  }
  return undefined;
}

async function showFile(
  { output, send, json }: CommandContext,
  place: { repository: string; path: string },
  { revision, path }: { revision: string; path: string },
): Promise<number> {
  // As in git: from the top of the repository, unless it starts with a dot.
  const file = /^\.\.?(\/|$)/.test(path) ? pathInRepository(path, place) : { path };
  const side = { kind: 'commit', revision } as const;
  const found = await send(content, { repository: place.repository, side, file, ...(json ? {} : { encoding: 'base64' }) });
  if (found.kind === 'absent') {
    throw new Failure('not-found', `There is no file ${path} in ${revision}.`, { hint: '`hearth git files` lists what there is.' });
  }
  if (json) await output.json(found);
  else if (found.kind === 'submodule') await output.line(`Submodule at ${found.id}`);
  else if (found.kind === 'base64') {
    output.page();
    await output.write(Buffer.from(found.base64, 'base64'));
  }
  return 0;
}

function commitText(commit: ResultOf<typeof show>, context: CommandContext): string {
  const { output, options } = context;
  const refs = shownRefs(commit.refs, context);
  const when = (seconds: number) => (options['iso'] === true ? isoTime(seconds) : `${isoTime(seconds)} (${relativeTime(seconds)})`);
  const lines = [`${output.style('yellow', `commit ${commit.id}`)}${refs === '' ? '' : ` ${refs}`}`];
  if (commit.parents.length > 1) lines.push(`Merge:     ${commit.parents.map((id) => id.slice(0, 10)).join(' ')}`);
  lines.push(`Author:    ${oneLine(`${commit.author} <${commit.authorMail}>`)}`, `Date:      ${when(commit.authorTime)}`);
  if (commit.committer !== commit.author || commit.committerTime !== commit.authorTime) {
    lines.push(`Committer: ${oneLine(`${commit.committer} <${commit.committerMail}>`)}`, `           ${when(commit.committerTime)}`);
  }
  lines.push(
    '',
    ...plain(commit.message)
      .split('\n')
      .map((line) => (line === '' ? '' : `    ${line}`)),
  );
  if (commit.files.length > 0) lines.push('', ...statLines(commit.files, commit.totals, quote, (style, text) => output.style(style, text)));
  return `${lines.join('\n')}\n`;
}
