import { env, l10n, ProgressLocation, type QuickPickItem, ThemeColor, ThemeIcon, window } from 'vscode';
import type { ResultOf } from '../../server/protocol/message.ts';
import { doctor } from '../../server/protocol/operation.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { withoutIcons } from '../ui/iconText.ts';

type Findings = ResultOf<typeof doctor>['findings'];
type Finding = Findings[number];

/** *Run Doctor*: everything Hearth needs, what is wrong first; the list can be copied for a report. Answers what was found. */
export async function runDoctor(shell: Shell): Promise<Findings> {
  const repository = (await shell.repositories.current())?.root;
  const asked = shell.server.send(doctor, repository === undefined ? {} : { repository });
  const title = l10n.t('Looking at everything Hearth needs');
  const { findings } = await window.withProgress({ location: ProgressLocation.Notification, title }, () => asked);
  for (const finding of findings) shell.log.info(`doctor: ${lineOf(finding)}`);
  void show(findings);
  return findings;
}

const order: readonly Finding['state'][] = ['error', 'warning', 'ok', 'skipped'];

async function show(findings: Findings): Promise<void> {
  const bad = findings.filter(({ state }) => state === 'error' || state === 'warning').length;
  const sorted = [...findings].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const copy: QuickPickItem = { label: l10n.t('Copy All'), iconPath: new ThemeIcon('copy') };
  const title = bad === 0 ? l10n.t('Everything is well.') : bad === 1 ? l10n.t('1 thing needs you.') : l10n.t('{0} things need you.', bad);
  const picked = await window.showQuickPick([...sorted.map(itemOf), copy], {
    title,
    placeHolder: l10n.t('What Hearth needs'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === copy) await env.clipboard.writeText(sorted.map(lineOf).join('\n'));
}

function itemOf({ title, state, detail, hint }: Finding): QuickPickItem {
  return {
    label: withoutIcons(oneLine(title)),
    description: withoutIcons(oneLine(detail)),
    ...(hint === undefined ? {} : { detail: withoutIcons(oneLine(hint)) }),
    iconPath: iconOf(state),
  };
}

function iconOf(state: Finding['state']): ThemeIcon {
  switch (state) {
    case 'ok':
      return new ThemeIcon('pass', new ThemeColor('charts.green'));
    case 'warning':
      return new ThemeIcon('warning', new ThemeColor('list.warningForeground'));
    case 'error':
      return new ThemeIcon('error', new ThemeColor('list.errorForeground'));
    case 'skipped':
      return new ThemeIcon('circle-slash');
  }
}

function lineOf({ title, state, detail, hint }: Finding): string {
  return `${state}: ${oneLine(title)}: ${oneLine(detail)}${hint === undefined ? '' : ` (${oneLine(hint)})`}`;
}
