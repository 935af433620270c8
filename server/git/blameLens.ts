import type { CodeLens } from 'vscode-languageserver/node';
import type { BlamedCommit } from '../protocol/gitTypes.ts';
import { relativeTime } from '../time.ts';
import type { DocumentBlame } from './blameDocument.ts';
import { RowWriter } from './blameRows.ts';

/** `Ada, 3 weeks ago · 4 authors`; undefined for a document without committed lines. */
export function blameLens(blame: DocumentBlame, now = Date.now()): CodeLens | undefined {
  const writer = new RowWriter();
  blame.write(writer, 1, Number.MAX_SAFE_INTEGER);
  const commits = Object.entries(writer.take()?.commits ?? {}).filter(([id]) => !/^0+$/.test(id));
  const title = lensTitle(
    commits.map(([, facts]) => facts),
    now,
  );
  if (title === undefined) return undefined;
  const start = { line: 0, character: 0 };
  return { range: { start, end: start }, command: { title, command: 'hearth.git.toggleFileBlame' } };
}

/** Authors are told apart by mail address, as `git shortlog -e` does; `now` in milliseconds. */
export function lensTitle(commits: readonly BlamedCommit[], now: number): string | undefined {
  let latest: BlamedCommit | undefined;
  for (const each of commits) if (latest === undefined || each.authorTime > latest.authorTime) latest = each;
  if (latest === undefined) return undefined;
  const authors = new Set(commits.map(({ author, authorMail }) => (authorMail === '' ? author : authorMail.toLowerCase()))).size;
  // A title may hold icons, `$(…)`: a name is only a name.
  const name = latest.author.replaceAll('$(', '$\u200b(');
  return `${name}, ${relativeTime(latest.authorTime, now)} · ${authors} author${authors === 1 ? '' : 's'}`;
}
