import { commands, l10n, type QuickPickItem, window, workspace } from 'vscode';
import { type Incident, listIncidents, mergeIncident, postmortem, updateIncident } from '../../server/protocol/incident.ts';
import { list as listItems } from '../../server/protocol/work.ts';
import type { IncidentTarget, Run } from '../../webviews/incident/messages.ts';
import { oneLine } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { RequestFailure, showFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';

interface Place extends IncidentTarget {
  readonly known?: Incident;
}

/** Does what an incident panel asks of the window around it. Failures are told as those of a command. */
export async function runOutside(shell: Shell, place: Place, run: Run): Promise<void> {
  try {
    await outside(shell, place, run);
  } catch (error) {
    await showFailure(error, shell.log);
  }
}

async function outside(shell: Shell, place: Place, run: Run): Promise<void> {
  const { repository, incident } = place;
  const execute = (command: string, more: object): Thenable<unknown> => commands.executeCommand(command, { repository, ...more });
  switch (run.what) {
    case 'rename':
      return rename(shell, place);
    case 'linkItem':
      return linkItem(shell, place);
    case 'merge':
      return merge(shell, place);
    case 'incident':
      await execute('hearth.incident.open', { incident: run.id });
      return;
    case 'item':
      await execute('hearth.work.openItem', { id: run.id });
      return;
    case 'service':
      await execute('hearth.monitor.openService', { service: run.name });
      return;
    case 'monitor':
      await execute('hearth.monitor.openService', { monitor: run.id });
      return;
    case 'deployment':
      await execute('hearth.deploy.openPanel', { deployment: run.id });
      return;
    case 'commit':
      await execute('hearth.git.showCommitDiff', { commit: run.commit });
      return;
    case 'compare': {
      const [from, to] = [run.from, run.to].map((revision) => ({ kind: 'commit', revision }));
      await execute('hearth.git.compare', { from, to });
      return;
    }
    case 'rollBack':
      await execute('hearth.deploy.rollBack', { environment: run.environment, service: run.service });
      return;
    case 'link':
      await execute('hearth.catalog.openLink', { url: run.url });
      return;
    case 'previewPostmortem': {
      const { text } = await shell.server.send(postmortem, { repository, incident });
      const document = await workspace.openTextDocument({ language: 'markdown', content: text });
      await window.showTextDocument(document, { preview: true });
      return;
    }
    case 'writePostmortem': {
      const { path } = await shell.server.send(postmortem, { repository, incident, write: true });
      if (path !== null) await execute('hearth.catalog.openLink', { url: path });
      return;
    }
    case 'openPostmortem':
      await execute('hearth.catalog.openLink', { url: run.path });
      return;
    case 'showLog':
      shell.log.show();
  }
}

async function rename(shell: Shell, { repository, incident, known }: Place): Promise<void> {
  const title = await window.showInputBox({
    prompt: l10n.t('Title of the incident'),
    value: known?.title ?? '',
    validateInput: (text) => (text.trim() === '' ? l10n.t('A title says what is broken.') : undefined),
  });
  if (title !== undefined) await shell.server.send(updateIncident, { repository, incident, title: title.trim() });
}

async function linkItem(shell: Shell, { repository, incident, known }: Place): Promise<void> {
  const { items = [] } = await shell.server.send(listItems, { repository, filter: { states: ['started', 'review', 'planned', 'done'] } });
  interface Pick extends QuickPickItem {
    readonly id: number | null;
  }
  const picks: Pick[] = [
    ...(known?.item === undefined || known.item === null ? [] : [{ label: l10n.t('No work item'), id: null }]),
    ...items.map(({ id, title, state }) => ({ label: withoutIcons(`#${id} ${oneLine(title)}`), description: state, id })),
  ];
  if (picks.length === 0)
    throw new RequestFailure('not-found', l10n.t('There is no work item yet.'), l10n.t('Hearth: New Work Item makes one.'));
  const picked = await window.showQuickPick(picks, { placeHolder: l10n.t('Which work item is it about?') });
  if (picked !== undefined) await shell.server.send(updateIncident, { repository, incident, item: picked.id });
}

/** This one goes into another, which goes on for both. */
async function merge(shell: Shell, { repository, incident, known }: Place): Promise<void> {
  const { incidents } = await shell.server.send(listIncidents, { repository, limit: 200 });
  const others = incidents.filter(({ id, state }) => id !== known?.id && state !== 'merged');
  if (others.length === 0) throw new RequestFailure('not-found', l10n.t('There is no other incident that this could go into.'));
  const picks = others.map(({ id, number, title, state }) => ({
    label: withoutIcons(`I-${number} ${oneLine(title)}`),
    description: state,
    id,
  }));
  const picked = await window.showQuickPick(picks, { placeHolder: l10n.t('Which incident goes on for both?') });
  if (picked === undefined) return;
  await shell.server.send(mergeIncident, { repository, incident, into: picked.id });
  await commands.executeCommand('hearth.incident.open', { repository, incident: picked.id });
}
