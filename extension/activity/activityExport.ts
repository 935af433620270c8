import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { commands, l10n, ProgressLocation, Uri, window, workspace } from 'vscode';
import { exportLog } from '../../server/protocol/events.ts';
import type { PartialOf } from '../../server/protocol/message.ts';
import type { Shell } from '../shell.ts';
import { withoutLinks } from '../ui/iconText.ts';
import { type ActivityFilter, questionOf } from './activityFilter.ts';

type AuditRow = PartialOf<typeof exportLog>['rows'][number];

/** Writes what the filter shows, oldest first, to a file that is asked for: JSON lines with salts and hashes, or CSV for a spreadsheet. */
export async function exportActivity(shell: Shell, filter: ActivityFilter, given: unknown): Promise<void> {
  const target = typeof given === 'string' ? given : await askForFile();
  if (target === undefined) return;
  const csv = path.extname(target).toLowerCase() === '.csv';
  const count = await window.withProgress(
    { location: ProgressLocation.Notification, title: l10n.t('Exporting activity'), cancellable: true },
    async (progress, token) => {
      // A file that was there stays as it is until the new one is whole.
      const part = `${target}.part`;
      const file = await open(part, 'w', 0o600);
      let written: Promise<unknown> = csv ? file.write(`${columns.join(',')}\r\n`) : Promise.resolve();
      let rows = 0;
      try {
        const { count: all, unreadable = [] } = await shell.server.send(exportLog, questionOf(filter), {
          token,
          onPartial: ({ rows: some }) => {
            rows += some.length;
            progress.report({ message: l10n.t('{0} events', rows) });
            const text = some.map((row) => (csv ? `${csvLine(row)}\r\n` : `${JSON.stringify(row)}\n`)).join('');
            written = written.then(() => file.write(text));
          },
        });
        await written;
        await file.sync();
        await rename(part, target);
        for (const { problem } of unreadable)
          void window.showWarningMessage(l10n.t('{0} The export lacks its events.', withoutLinks(problem)));
        return all;
      } finally {
        await written.catch(() => {});
        await file.close();
        await rm(part, { force: true });
      }
    },
  );
  if (typeof given === 'string') return;
  const show = l10n.t('Open');
  const picked = await window.showInformationMessage(l10n.t('Wrote {0} events to {1}.', count, path.basename(target)), show);
  if (picked === show) await commands.executeCommand('vscode.open', Uri.file(target));
}

async function askForFile(): Promise<string | undefined> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const name = `activity-${new Date().toISOString().slice(0, 10)}.jsonl`;
  const chosen = await window.showSaveDialog({
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) }),
    filters: { [l10n.t('JSON lines, verifiable')]: ['jsonl'], [l10n.t('Comma-separated, for a spreadsheet')]: ['csv'] },
    saveLabel: l10n.t('Export'),
  });
  return chosen?.fsPath;
}

const columns = ['sequence', 'time', 'actor', 'project', 'entity', 'entityId', 'kind', 'correlationId', 'payload'] as const;

function csvLine(row: AuditRow): string {
  // An imported log may name times that no calendar knows.
  const time = Math.abs(row.time) <= 8.64e15 ? new Date(row.time).toISOString() : String(row.time);
  const values = { ...row, time, payload: row.payload ?? '' };
  return columns.map((column) => csvCell(String(values[column] ?? ''))).join(',');
}

/** Quoted; a cell that a spreadsheet would take for a formula gets an apostrophe. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
