import { l10n, MarkdownString, StatusBarAlignment, ThemeColor, window } from 'vscode';
import type { StatusRow } from '../../server/protocol/deployTypes.ts';
import type { HealthState } from '../../server/protocol/health.ts';
import { commandAddress } from '../git/commitHover.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { healthOf, isLive, summaryOf } from './deployHealth.ts';
import { healthName, healthSentence, phaseName } from './deployWords.ts';
import { environmentWords } from './environmentNodes.ts';
import type { EnvironmentStates, Environments } from './environments.ts';

/** The worst health of what is deployed from the repository of the active editor. Hidden while nothing is. */
export class DeployStatus extends Registered {
  readonly #shell: Shell;
  readonly #states: EnvironmentStates;
  readonly #item = this.register(window.createStatusBarItem('hearth.deploy.health', StatusBarAlignment.Right, 90));
  #shown: { repository: string; text: string; spoken: string; down: boolean } | undefined;
  #generation = 0;

  constructor(shell: Shell, states: EnvironmentStates) {
    super();
    this.#shell = shell;
    this.#states = states;
    this.#item.name = l10n.t('Hearth: Deployment Health');
    this.register(window.onDidChangeActiveTextEditor(() => void this.#update()));
    this.register(shell.repositories.onDidChange(() => void this.#update()));
    this.register(states.onDidChange(() => void this.#update()));
  }

  /** What the item says; undefined while it is hidden. */
  get shown(): { repository: string; text: string; spoken: string; down: boolean } | undefined {
    return this.#shown;
  }

  async #update(): Promise<void> {
    const generation = ++this.#generation;
    const repository = (await this.#shell.repositories.current())?.root;
    // The user has gone on to another editor meanwhile: that one's answer counts.
    if (generation !== this.#generation) return;
    const all = repository === undefined ? undefined : this.#states.of(repository);
    const summary = all === undefined || this.#states.stopped ? undefined : summaryOf(all);
    if (repository === undefined || all === undefined || summary === undefined) {
      this.#shown = undefined;
      this.#item.hide();
      return;
    }
    const { environment, state, healthy, live, running } = summary;
    const name = withoutIcons(oneLine(environment));
    const count = `${healthy}/${live}`;
    const down = state === 'down' && healthy === 0 && live > 0;
    const words = down ? l10n.t('{0} down', name) : live === 0 ? name : `${name} ${count}`;
    const text = `$(${running === undefined ? iconOf(state, down) : 'sync~spin'}) ${words}`;
    const spoken =
      live === 0
        ? l10n.t('Deployment to {0} is on its way', environment)
        : l10n.t('Deployments: {0}: {1}, {2} of {3} services healthy', environment, healthName(state), healthy, live);
    this.#shown = { repository, text, spoken, down };
    this.#item.text = text;
    this.#item.tooltip = tooltipOf(repository, all);
    this.#item.command = 'hearth.environments.focus';
    this.#item.backgroundColor = down ? new ThemeColor('statusBarItem.errorBackground') : undefined;
    this.#item.accessibilityInformation = { label: spoken, role: 'button' };
    this.#item.show();
  }
}

function iconOf(state: HealthState, down: boolean): string {
  if (down) return 'error';
  if (state === 'healthy') return 'circle-filled';
  return state === 'down' || state === 'pending' ? 'warning' : 'circle-large-outline';
}

/** Environments and services with links. Names come from a repository: they are text; the links are ours. */
function tooltipOf(repository: string, { environments, services }: Environments): MarkdownString {
  const text = new MarkdownString();
  text.isTrusted = { enabledCommands: ['hearth.deploy.open', 'hearth.environments.focus'] };
  const names = [...new Set([...environments.map(({ name }) => name), ...services.map(({ environment }) => environment)])];
  for (const name of names) {
    const rows = services.filter(({ environment, release, running }) => environment === name && (release !== null || running !== null));
    if (rows.length === 0) continue;
    text.appendMarkdown('**').appendText(oneLine(name)).appendMarkdown('** ').appendText(environmentWords(rows)).appendMarkdown('\n\n');
    for (const row of rows) {
      const deployment = row.running?.deployment ?? row.release;
      text.appendMarkdown('- ').appendText(oneLine(row.service)).appendMarkdown(' ').appendText(wordsOf(row));
      if (deployment !== null) {
        const address = commandAddress('hearth.deploy.open', { repository, deployment });
        text.appendMarkdown(` [${l10n.t('Open')}](${address})`);
      }
      text.appendMarkdown('\n');
    }
    text.appendMarkdown('\n');
  }
  return text;
}

function wordsOf(row: StatusRow): string {
  const parts = [
    isLive(row) && row.commit !== null ? shortId(row.commit) : '',
    isLive(row) ? healthSentence({ ...row.health, state: healthOf(row) }) : '',
    row.running === null ? '' : `→ ${shortId(row.running.commit)} ${row.running.progress ?? phaseName(row.running.phase)}`,
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
