import { l10n, ProgressLocation, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from 'vscode';
import type { ResultOf } from '../../server/protocol/message.ts';
import { testMonitor as test } from '../../server/protocol/monitor.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { answerTime, certificateWords } from './monitorWords.ts';
import { needTrust, pickMonitor, type Watching } from './pickMonitor.ts';

type Result = ResultOf<typeof test>;

/** *Test Monitor…*: looks once, now, and says what was found; the monitor's state does not change. Answers what was found. */
export async function testMonitor(watching: Watching, argument: unknown): Promise<Result | undefined> {
  needTrust();
  const target = await pickMonitor(watching, argument, {
    placeHolder: l10n.t('Test which monitor?'),
    fits: ({ kind }) => kind !== 'push',
    none: l10n.t('There is no monitor that could be tested.'),
  });
  if (target === undefined) return undefined;
  const asked = watching.shell.server.send(test, target);
  const title = l10n.t('Testing {0}', target.monitor);
  const result = await window.withProgress({ location: ProgressLocation.Notification, title }, () => asked);
  void window.showQuickPick(rowsOf(result), { title: resultSentence(result), placeHolder: l10n.t('What was found') });
  return result;
}

/** "Answers in 84 ms: HTTP 200 · 12 kB". */
export function resultSentence({ ok, milliseconds, message, found }: Result): string {
  const what = oneLine(message ?? found);
  if (ok === null) return l10n.t('It could not be looked at from here: {0}', what);
  if (!ok) return l10n.t('It fails: {0}', what);
  return milliseconds === null
    ? l10n.t('It is well: {0}', oneLine(found))
    : l10n.t('It answers in {0}: {1}', answerTime(milliseconds), oneLine(found));
}

function rowsOf({ ok, found, message, phases, assertions, certificate }: Result): QuickPickItem[] {
  const icon = ok === null ? 'circle-large-outline' : ok ? 'pass' : 'error';
  const section = (label: string, rows: QuickPickItem[]): QuickPickItem[] =>
    rows.length === 0 ? [] : [{ label, kind: QuickPickItemKind.Separator }, ...rows];
  return [
    { label: withoutIcons(oneLine(found)), description: withoutIcons(oneLine(message ?? '')), iconPath: new ThemeIcon(icon) },
    ...section(
      l10n.t('Expected'),
      assertions.map((each) => ({
        label: withoutIcons(oneLine(each.expression)),
        description: withoutIcons(each.ok ? oneLine(each.actual) : l10n.t('was {0}', oneLine(each.actual))),
        iconPath: new ThemeIcon(each.ok ? 'pass' : 'error'),
      })),
    ),
    ...section(
      l10n.t('Time'),
      phases.map(({ name, milliseconds }) => ({
        label: oneLine(name),
        description: answerTime(milliseconds),
        iconPath: new ThemeIcon('clock'),
      })),
    ),
    ...section(
      l10n.t('Certificate'),
      certificate === null
        ? []
        : [
            {
              label: withoutIcons(oneLine(certificate.subject)),
              description: withoutIcons(oneLine(`${certificateWords(certificate)} · ${certificate.issuer}`)),
              iconPath: new ThemeIcon(certificate.trusted ? 'shield' : 'warning'),
            },
          ],
    ),
  ];
}
