import path from 'node:path';
import { env, l10n, ProgressLocation, Uri, window } from 'vscode';
import { diffExport } from '../../server/protocol/git.ts';
import type { DiffOptions, FileRef } from '../../server/protocol/gitTypes.ts';
import type { InputOf } from '../../server/protocol/message.ts';
import type { Layout, Pair } from '../../webviews/diff/messages.ts';
import type { Shell } from '../shell.ts';
import { sideName } from './revisionUri.ts';

type Format = NonNullable<InputOf<typeof diffExport>['format']>;

interface ExportOptions {
  readonly options?: DiffOptions;
  readonly layout?: Layout;
  /** Only these files; all when empty. */
  readonly files?: readonly FileRef[];
}

/** Asks for a format and a place, writes the comparison there with progress, and offers to open it. */
export async function exportPair(shell: Shell, pair: Pair, how: ExportOptions = {}): Promise<void> {
  const format = await pickFormat();
  if (format === undefined) return;
  const target = await window.showSaveDialog({
    title: l10n.t('Export the comparison'),
    defaultUri: Uri.file(path.join(pair.repository, `${proposedName(pair)}.${format}`)),
    filters: { [format === 'md' ? 'Markdown' : format.toUpperCase()]: [format] },
  });
  if (target === undefined) return;
  const { files } = await window.withProgress(
    {
      location: ProgressLocation.Notification,
      cancellable: true,
      title: l10n.t('Exporting {0} ↔ {1}', sideName(pair.from), sideName(pair.to)),
    },
    (_progress, token) =>
      shell.server.send(
        diffExport,
        {
          repository: pair.repository,
          from: pair.from,
          to: pair.to,
          paths: [...(how.files ?? [])],
          format,
          layout: how.layout ?? 'side-by-side',
          out: target.fsPath,
          ...(how.options === undefined ? {} : { options: how.options }),
        },
        { token },
      ),
  );
  const open = l10n.t('Open');
  const said = files === 1 ? l10n.t('Exported 1 file to {0}.', target.fsPath) : l10n.t('Exported {0} files to {1}.', files, target.fsPath);
  // Not awaited: a notification may stay for long, and the command is done.
  void window.showInformationMessage(said, open).then(async (picked) => {
    if (picked === undefined) return;
    if (format === 'html') await env.openExternal(target);
    else await window.showTextDocument(target);
  });
}

async function pickFormat(): Promise<Format | undefined> {
  const items: { label: string; detail: string; format: Format }[] = [
    { label: 'HTML', detail: l10n.t('One file that opens offline in any browser'), format: 'html' },
    { label: 'Markdown', detail: l10n.t('For an issue, a review or a message'), format: 'md' },
    { label: 'JSON', detail: l10n.t('Files, counts and hunks, for other tools'), format: 'json' },
    { label: l10n.t('Patch'), detail: l10n.t('Can be applied with git apply'), format: 'patch' },
  ];
  return (await window.showQuickPick(items, { placeHolder: l10n.t('Export as') }))?.format;
}

/** A file name on any system, made of both sides. */
function proposedName({ from, to }: Pair): string {
  const clean = (text: string) => text.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^-+|-+$/g, '');
  return `${clean(sideName(from))}..${clean(sideName(to))}`.slice(0, 100);
}
