import { env, l10n, MarkdownString } from 'vscode';
import type { ChangedFile, CommitRow } from '../../server/protocol/gitTypes.ts';
import { calendarTime, relativeTime } from './relativeTime.ts';

/** Words on the rows of the git views. Repository text goes into plain labels, or through `appendText`, never into Markdown. */

/** The id as people write it. */
export function shortId(id: string): string {
  return id.slice(0, 7);
}

/** "3 weeks ago". */
export function age(time: number): string {
  return relativeTime(time, Date.now() / 1000, env.language);
}

/** The first line of a text, without control characters that would break a row. */
export function oneLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/[\0-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ');
}

export function statusWord(status: ChangedFile['status']): string {
  switch (status) {
    case 'added':
      return l10n.t('added');
    case 'modified':
      return l10n.t('modified');
    case 'deleted':
      return l10n.t('deleted');
    case 'renamed':
      return l10n.t('renamed');
    case 'copied':
      return l10n.t('copied');
    case 'type':
      return l10n.t('type changed');
    case 'unmerged':
      return l10n.t('in conflict');
    case 'untracked':
      return l10n.t('untracked');
  }
}

/** The hover of a commit row: who, when, refs, the whole message. `message` is absent until it was read. */
export function commitTooltip(
  commit: CommitRow,
  message: string | undefined,
  totals?: { files: number; additions: number; deletions: number },
): MarkdownString {
  const text = new MarkdownString();
  text.appendText(`${commit.author} <${commit.authorMail}>`).appendMarkdown('  \n');
  text.appendText(`${age(commit.authorTime)} (${calendarTime(commit.authorTime, env.language)})`).appendMarkdown('\n\n');
  text.appendText((message ?? commit.subject).trimEnd()).appendMarkdown('\n\n');
  if (totals !== undefined) text.appendText(totalsText(totals)).appendMarkdown('\n\n');
  text.appendText(commit.id);
  return text;
}

function totalsText({ files, additions, deletions }: { files: number; additions: number; deletions: number }): string {
  const changes = `+${additions} −${deletions}`;
  return files === 1 ? l10n.t('1 file, {0}', changes) : l10n.t('{0} files, {1}', files, changes);
}

/** `refs/heads/main` as `main`; `HEAD` stays. */
export function shortRef(name: string): string {
  return name.replace(/^refs\/(heads|tags|remotes)\//, '');
}
