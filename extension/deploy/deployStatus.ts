import { l10n, MarkdownString, StatusBarAlignment, ThemeColor, window } from 'vscode';
import type { StatusRow } from '../../server/protocol/deployTypes.ts';
import type { HealthState } from '../../server/protocol/health.ts';
import { commandAddress } from '../git/commitHover.ts';
import { oneLine, shortId } from '../git/repositoryNodesText.ts';
import { incidentNumber, incidentWords, nowWords } from '../monitor/monitorWords.ts';
import type { ServiceStates, Watched } from '../monitor/serviceStates.ts';
import type { Shell } from '../shell.ts';
import { Registered } from '../ui/disposable.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { healthOf, isLive, type Summary, summaryOf } from './deployHealth.ts';
import { healthName, healthSentence, phaseName } from './deployWords.ts';
import { environmentWords } from './environmentNodes.ts';
import type { EnvironmentStates, Environments } from './environments.ts';

/** Failing monitors that the hover names. */
const mostMonitors = 10;

/** The worst health of what is deployed from the repository of the active editor, or watched for it. Hidden while nothing is. */
export class DeployStatus extends Registered {
  readonly #shell: Shell;
  readonly #states: EnvironmentStates;
  readonly #watched: ServiceStates;
  readonly #item = this.register(window.createStatusBarItem('hearth.deploy.health', StatusBarAlignment.Right, 90));
  #shown: { repository: string; text: string; spoken: string; down: boolean } | undefined;
  #generation = 0;

  constructor(shell: Shell, states: EnvironmentStates, watched: ServiceStates) {
    super();
    this.#shell = shell;
    this.#states = states;
    this.#watched = watched;
    this.#item.name = l10n.t('Hearth: Health of Deployments and Services');
    this.register(window.onDidChangeActiveTextEditor(() => void this.#update()));
    this.register(shell.repositories.onDidChange(() => void this.#update()));
    this.register(states.onDidChange(() => void this.#update()));
    this.register(watched.onDidChange(() => void this.#update()));
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
    const facts = repository === undefined || this.#states.stopped ? undefined : this.#factsOf(repository);
    const summary = facts === undefined ? undefined : summaryOf(facts);
    if (repository === undefined || facts === undefined || summary === undefined) {
      this.#shown = undefined;
      this.#item.hide();
      return;
    }
    const down = isDown(summary);
    const text = `$(${summary.running === undefined ? iconOf(summary.state, down) : 'sync~spin'}) ${withoutIcons(textOf(summary))}`;
    const spoken = spokenOf(summary);
    this.#shown = { repository, text, spoken, down };
    this.#item.text = text;
    this.#item.tooltip = tooltipOf(repository, facts);
    this.#item.command = facts.services.length > 0 ? 'hearth.environments.focus' : 'hearth.services.focus';
    this.#item.backgroundColor = down ? new ThemeColor('statusBarItem.errorBackground') : undefined;
    this.#item.accessibilityInformation = { label: spoken, role: 'button' };
    this.#item.show();
  }

  #factsOf(repository: string): Facts | undefined {
    const all = this.#states.of(repository);
    const watched = this.#watched.of(repository);
    if (all === undefined && watched === undefined) return undefined;
    return {
      environments: all?.environments ?? [],
      services: all?.services ?? [],
      monitors: watched?.monitors ?? [],
      incidents: watched?.incidents ?? [],
    };
  }
}

type Facts = Pick<Environments, 'environments' | 'services'> & Pick<Watched, 'monitors' | 'incidents'>;

/** Nothing answers any more, or somebody has to act: an incident is open about something that is down. */
function isDown({ state, healthy, live, broken }: Summary): boolean {
  return state === 'down' && live > 0 && (healthy === 0 || broken.length > 0);
}

function textOf(summary: Summary): string {
  const { healthy, live, broken } = summary;
  const name = nameOf(summary);
  if (live === 0) return name;
  const count = `${name} ${healthy}/${live}`;
  if (!isDown(summary)) return count;
  const [first, ...others] = broken;
  if (healthy === 0 || first === undefined) return l10n.t('{0} down', name);
  return others.length === 0 ? l10n.t('{0}: {1} down', name, oneLine(first)) : l10n.t('{0}: {1} services down', name, broken.length);
}

function spokenOf(summary: Summary): string {
  const { environment, state, healthy, live, broken } = summary;
  if (live === 0) return l10n.t('Deployment to {0} is on its way', environment);
  const down = broken.length === 0 ? '' : `. ${l10n.t('Incident: {0}', broken.map(oneLine).join(', '))}`;
  return `${l10n.t('Deployments: {0}: {1}, {2} of {3} services healthy', nameOf(summary), healthName(state), healthy, live)}${down}`;
}

function nameOf({ environment }: Summary): string {
  return environment === '' ? l10n.t('monitors') : oneLine(environment);
}

function iconOf(state: HealthState, down: boolean): string {
  if (down) return 'error';
  if (state === 'healthy') return 'circle-filled';
  return state === 'down' || state === 'pending' ? 'warning' : 'circle-large-outline';
}

/** Incidents, environments and services with links. Names come from a repository: they are text; the links are ours. */
function tooltipOf(repository: string, { environments, services, monitors, incidents }: Facts): MarkdownString {
  const text = new MarkdownString();
  const links = ['hearth.deploy.open', 'hearth.environments.focus', 'hearth.incident.open', 'hearth.monitor.openService'];
  text.isTrusted = { enabledCommands: links };
  for (const incident of incidents) {
    const address = commandAddress('hearth.incident.open', { repository, incident: incident.id });
    text.appendMarkdown(`**${incidentNumber(incident)}** `).appendText(`${oneLine(incident.title)} · ${incidentWords(incident)}`);
    text.appendMarkdown(` [${l10n.t('Open')}](${address})\n\n`);
  }
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
  const failing = monitors.filter(({ health, orphan }) => orphan === null && (health.state === 'down' || health.state === 'pending'));
  for (const row of failing.slice(0, mostMonitors)) {
    const address = commandAddress('hearth.monitor.openService', { repository, monitor: row.name });
    text.appendMarkdown('- ').appendText(`${oneLine(row.name)} ${nowWords(row)} ${oneLine(row.health.message ?? '')}`);
    text.appendMarkdown(` [${l10n.t('Open')}](${address})\n`);
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
