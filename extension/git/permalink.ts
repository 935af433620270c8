import { env, l10n, Uri, window } from 'vscode';
import { inlineDiff, permalink, resolve } from '../../server/protocol/git.ts';
import type { ParamsOf } from '../../server/protocol/message.ts';
import type { CommandTable, Shell } from '../shell.ts';
import type { LineActions } from './lineActions.ts';
import { asLineTarget } from './lineActionsTarget.ts';
import { linesBefore } from './permalinkLines.ts';
import { parseRevisionUri } from './revisionUri.ts';

type Wanted = Pick<ParamsOf<typeof permalink>, 'repository' | 'commit' | 'file' | 'lines'>;

/** Addresses of lines on the host of the remote: of the line's own commit, or of a selection as HEAD has it. */
export function permalinkCommands(shell: Shell, actions: LineActions): CommandTable {
  const link = async (given: unknown): Promise<{ url: string; pushed: boolean } | undefined> => {
    const wanted = (asLineTarget(given) === undefined ? await selected(shell) : undefined) ?? (await lineOf(given, actions));
    return wanted === undefined ? undefined : shell.server.send(permalink, wanted);
  };
  return {
    'hearth.git.copyPermalink': async (given: unknown) => {
      const found = await link(given);
      if (found === undefined) return;
      await env.clipboard.writeText(found.url);
      window.setStatusBarMessage(
        found.pushed ? l10n.t('Copied the permalink') : l10n.t('Copied the permalink; the commit is not pushed yet'),
        4000,
      );
    },
    'hearth.git.openPermalink': async (given: unknown) => {
      const found = await link(given);
      if (found === undefined) return;
      if (!found.pushed) window.setStatusBarMessage(l10n.t('The commit is not pushed yet: the address may not exist'), 4000);
      await env.openExternal(Uri.parse(found.url, true));
    },
  };
}

async function lineOf(given: unknown, actions: LineActions): Promise<Wanted | undefined> {
  const target = asLineTarget(given) ?? (await actions.committedLine());
  if (target === undefined) return undefined;
  const { repository, commit, path, line } = target;
  return { repository, commit, file: { path }, lines: { start: line, end: line } };
}

/** Several selected lines: of an old revision as it shows them, of the working file as they stand in HEAD; undefined when one line is meant. */
async function selected(shell: Shell): Promise<Wanted | undefined> {
  const editor = window.activeTextEditor;
  if (editor === undefined || editor.selection.isSingleLine) return undefined;
  const { document, selection } = editor;
  // A selection that ends before the first character of a line does not mean that line.
  const end = selection.end.character === 0 ? selection.end.line : selection.end.line + 1;
  const revision = parseRevisionUri(document.uri);
  if (revision?.side.kind === 'commit') {
    const { repository, path } = revision;
    const { commit } = await shell.server.send(resolve, { repository, revision: revision.side.revision });
    return { repository, commit, file: { path }, lines: { start: selection.start.line + 1, end } };
  }
  const located = document.uri.scheme === 'file' ? await shell.repositories.locate(document.uri) : undefined;
  if (located === undefined) return undefined;
  const against = await shell.server.send(inlineDiff, {
    uri: document.uri.toString(),
    against: { kind: 'commit', revision: 'HEAD' },
    version: document.version,
  });
  if (against.state !== 'diffed' || against.against.commit === undefined) return undefined;
  const lines = linesBefore(against.hunks, selection.start.line + 1, end);
  if (lines === undefined) return undefined;
  return { repository: located.repository.root, commit: against.against.commit, file: { path: against.oldPath ?? located.path }, lines };
}
