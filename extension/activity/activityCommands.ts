import { commands, env, l10n, ThemeIcon, window } from 'vscode';
import { type Event, note, verify } from '../../server/protocol/events.ts';
import { status } from '../../server/protocol/hub.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import { find, list as listProjects, type Project } from '../../server/protocol/project.ts';
import { type ProjectChoice, projectOf } from '../project/projectOf.ts';
import type { CommandTable, Shell } from '../shell.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons, withoutLinks } from '../ui/iconText.ts';
import { exportActivity } from './activityExport.ts';
import { type ActivityFilter, pickFilter } from './activityFilter.ts';
import type { ActivityView } from './activityView.ts';
import { EventNode } from './eventNodes.ts';
import { actorName, eventAge, kindOf, wordsOf } from './eventWords.ts';

/** Commands of the view "Activity" and of the hub behind it. */
export function activityCommands(shell: Shell, view: ActivityView): CommandTable {
  return {
    'hearth.activity.show': () => commands.executeCommand('hearth.activity.focus'),
    'hearth.activity.refresh': () => view.refresh(),
    'hearth.activity.loadMore': (node: unknown) => (hasMore(node) ? node.more() : undefined),
    'hearth.activity.filter': async (given: unknown) => {
      const kinds = () => [...new Set(view.events.map(kindOf))];
      const choices = async () => ({ ...(await projectsByPlace(shell)), kinds: kinds() });
      const filter = isFilter(given) ? given : await pickFilter(view.filter, choices);
      if (filter !== undefined) await view.setFilter(filter);
    },
    'hearth.activity.clearFilter': () => view.setFilter({}),
    'hearth.activity.addNote': async (given: unknown) => {
      const text = typeof given === 'string' ? given : await askForNote();
      if (text === undefined || text.trim() === '') return undefined;
      const project = await projectOfNote(shell);
      if (project.kind === 'cancelled') return undefined;
      const belongs = project.kind === 'project' ? { project: project.id } : {};
      return (await shell.server.send(note, { text: text.trim(), ...belongs })).event;
    },
    'hearth.activity.copyEvent': async (node: unknown) => {
      const event = node instanceof EventNode ? node.event : await pickEvent(view.events);
      if (event !== undefined) await env.clipboard.writeText(JSON.stringify(event, undefined, 2));
    },
    'hearth.activity.export': (given: unknown) => exportActivity(shell, view.filter, given),
    'hearth.activity.verify': async () => {
      const asked = shell.server.send(verify, {});
      void window.withProgress({ location: { viewId: 'hearth.activity' } }, () => asked.then(undefined, () => {}));
      const { events, segments, head, problems } = await asked;
      const [first] = problems;
      if (first === undefined) {
        const sentence = l10n.t('The log is whole: {0} events, {1} sealed segments, nothing changed or missing.', events, segments);
        const copy = l10n.t('Copy Proof');
        const picked = await window.showInformationMessage(sentence, copy);
        if (picked === copy) await env.clipboard.writeText(`${head.sequence} ${head.hash}`);
        return;
      }
      for (const { sequence, problem } of problems) shell.log.error(`event ${sequence}: ${problem}`);
      const more = problems.length === 1 ? '' : ` ${l10n.t('({0} problems in all)', problems.length)}`;
      const showLog = l10n.t('Show Log');
      const sentence = l10n.t('The log was changed at event {0}: {1}', first.sequence, first.problem);
      if ((await window.showErrorMessage(withoutLinks(`${sentence}${more}`), showLog)) === showLog) shell.log.show();
    },
    'hearth.hub.status': async () => {
      const { state, hub, owner, home } = await shell.server.send(status, {});
      const sentence = statusSentence(state, hub, owner);
      shell.log.info(`${sentence} ${home}`, JSON.stringify({ hub, owner }));
      const showLog = l10n.t('Show Log');
      if ((await window.showInformationMessage(`${sentence} ${l10n.t('Its home is {0}.', home)}`, showLog)) === showLog) shell.log.show();
    },
  };
}

type Status = ResultOf<typeof status>;

function statusSentence(state: Status['state'], hub: Status['hub'], owner: Status['owner']): string {
  switch (state) {
    case 'running':
      return l10n.t(
        'The hub runs: process {0}, version {1}, {2} connections, since {3}.',
        hub?.pid ?? '?',
        hub?.version ?? '?',
        hub?.clients.length ?? 0,
        eventAge(hub?.startedAt ?? Date.now()),
      );
    case 'silent':
      return l10n.t('The hub (process {0}) does not answer.', owner?.pid ?? '?');
    case 'stopped':
      return l10n.t('No hub runs; the first action that needs one starts it.');
    case 'elsewhere':
      return l10n.t('The home belongs to another machine ({0}).', owner?.host ?? '?');
  }
}

function hasMore(node: unknown): node is { more(): Promise<void> } {
  return typeof node === 'object' && node !== null && 'more' in node && typeof node.more === 'function';
}

function isFilter(given: unknown): given is ActivityFilter {
  const parts = ['project', 'kind', 'text', 'since'];
  return typeof given === 'object' && given !== null && Object.keys(given).every((key) => parts.includes(key));
}

function askForNote(): Thenable<string | undefined> {
  return window.showInputBox({
    title: l10n.t('Add Note'),
    prompt: l10n.t('What should be remembered? It stands in the log from now on.'),
    validateInput: (value) => (value.trim().length > 2000 ? l10n.t('At most 2000 characters.') : undefined),
  });
}

/** The project of the repository the user looks at. Where it cannot have an identity (its configuration cannot be written), there is none. */
async function projectOfNote(shell: Shell): Promise<ProjectChoice> {
  const repository = await shell.repositories.current();
  if (repository === undefined) return { kind: 'none' };
  try {
    return await projectOf(shell, repository.root);
  } catch (error) {
    if (!(error instanceof RequestFailure) || error.reason === 'disconnected' || error.reason === 'cancelled') throw error;
    shell.log.warn(`The note belongs to no project: ${error.message}`);
    return { kind: 'none' };
  }
}

/** The known projects: those of this window's repositories, and the others. */
async function projectsByPlace(shell: Shell): Promise<{ here: Project[]; others: Project[] }> {
  const { projects } = await shell.server.send(listProjects, {});
  const found = await Promise.all(
    shell.repositories.all.map(({ root }) => shell.server.send(find, { repository: root }).catch(() => undefined)),
  );
  const ids = new Set(found.map((each) => each?.project?.id));
  return { here: projects.filter(({ id }) => ids.has(id)), others: projects.filter(({ id }) => !ids.has(id)) };
}

async function pickEvent(events: readonly Event[]): Promise<Event | undefined> {
  const items = events.map((event) => {
    const { icon, label } = wordsOf(event);
    return {
      label: withoutIcons(label),
      iconPath: new ThemeIcon(icon),
      description: `${eventAge(event.time)} · ${actorName(event.actor)}`,
      event,
    };
  });
  return (await window.showQuickPick(items, { placeHolder: l10n.t('Copy which event?'), matchOnDescription: true }))?.event;
}
