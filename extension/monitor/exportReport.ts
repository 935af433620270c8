import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commands, env, l10n, ProgressLocation, type QuickPickItem, Uri, window } from 'vscode';
import { report } from '../../server/protocol/monitor.ts';
import { given } from '../deploy/deployTargets.ts';
import { pickRepository } from '../git/compare.ts';
import { textOf } from './monitorTargets.ts';
import type { Watching } from './pickMonitor.ts';

const formats = { '.html': 'html', '.md': 'markdown', '.json': 'json' } as const;
/** Days back. */
const spans = [30, 7, 1, 90, 365];
const day = 86_400_000;

/** *Export Report…*: uptime, answer times and incidents of a span, as a page, Markdown or JSON by the name of the file. Answers its path. */
export async function exportReport({ shell }: Watching, argument: unknown): Promise<string | undefined> {
  const repository = await pickRepository(shell, given(argument));
  if (repository === undefined) return undefined;
  const { service, environment, days, file } = given(argument);
  const back = typeof days === 'number' && days > 0 ? days : await askSpan();
  if (back === undefined) return undefined;
  const target = textOf(file) ?? (await askFile(repository));
  if (target === undefined) return undefined;
  const format = formats[path.extname(target).toLowerCase() as keyof typeof formats] ?? 'html';
  const to = Date.now();
  const within = { ...only('service', service), ...only('environment', environment) };
  const asked = shell.server.send(report, { repository, format, from: to - back * day, to, ...within });
  const { text } = await window.withProgress({ location: ProgressLocation.Window, title: l10n.t('Writing the report') }, () => asked);
  await writeFile(target, text);
  if (textOf(file) !== undefined) return target;
  const open = l10n.t('Open');
  const picked = await window.showInformationMessage(l10n.t('The report is in {0}.', path.basename(target)), open);
  if (picked === open && format === 'html') await env.openExternal(Uri.file(target));
  else if (picked === open) await commands.executeCommand('vscode.open', Uri.file(target));
  return target;
}

function only(name: 'service' | 'environment', value: unknown): { service?: string; environment?: string } {
  const text = textOf(value);
  return text === undefined ? {} : { [name]: text };
}

async function askSpan(): Promise<number | undefined> {
  const label = (days: number): string =>
    days === 1 ? l10n.t('The last 24 hours') : days === 365 ? l10n.t('The last year') : l10n.t('The last {0} days', days);
  const items: (QuickPickItem & { value: number })[] = spans.map((days) => ({ label: label(days), value: days }));
  return (await window.showQuickPick(items, { placeHolder: l10n.t('Report about what time?') }))?.value;
}

async function askFile(repository: string): Promise<string | undefined> {
  const name = `uptime-${new Date().toISOString().slice(0, 10)}.html`;
  const chosen = await window.showSaveDialog({
    defaultUri: Uri.joinPath(Uri.file(repository), name),
    filters: { [l10n.t('Page')]: ['html'], Markdown: ['md'], JSON: ['json'] },
    saveLabel: l10n.t('Export'),
  });
  return chosen?.fsPath;
}
