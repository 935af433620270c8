import type { TimelineEntry } from '../../protocol/incident.ts';
import { momentText, spanText } from '../alerts/messages.ts';
import type { Suspects } from '../suspects/types.ts';
import { type IncidentRecord, incidentName } from './records.ts';

export interface Story {
  readonly incident: IncidentRecord;
  /** Oldest first. */
  readonly timeline: readonly TimelineEntry[];
  readonly suspects: Suspects | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const mostSuspects = 5;
const severities = { critical: 'critical', major: 'major', minor: 'minor' } as const;

/** A post-mortem as Markdown: what the log knows is written down, what only people know is asked. Nothing of it becomes markup. */
export function postmortemText(story: Story): string {
  const { incident } = story;
  const sections: [string, readonly string[]][] = [
    ['Summary', summaryOf(story)],
    ['Impact', impactOf(story)],
    ['Timeline', story.timeline.map(entryLine)],
    ['Suspects', suspectLines(story.suspects)],
    ['What was done', story.timeline.filter(isAct).map(entryLine)],
    ['Why it happened', ['_What made it possible? Ask why until the answer is something that can be changed._']],
    ['What changes', ['- [ ] _What keeps it from happening again?_', '- [ ] _What lets us see it sooner?_']],
  ];
  const body = sections.map(([title, lines]) => `## ${title}\n\n${lines.length === 0 ? 'Nothing is known.' : lines.join('\n')}\n`);
  return `# ${incidentName(incident)}: ${markdown(incident.title)}\n\n${factsOf(story).join('\n')}\n\n${body.join('\n')}`;
}

/** `docs/incidents/2026-11-21-I-7-web-is-down.md` */
export function postmortemPath({ number, title, started }: Pick<IncidentRecord, 'number' | 'title' | 'started'>): string {
  const slug = title
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50)
    .replace(/-$/, '');
  return `docs/incidents/${new Date(started).toISOString().slice(0, 10)}-I-${number}${slug === '' ? '' : `-${slug}`}.md`;
}

/** Text as one line of Markdown that is nothing but text. */
export function markdown(text: string): string {
  return text
    .replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
    .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
    .replace(/[\\`*_{}[\]<>#|~&!$]/g, '\\$&')
    .replace(/^([-+=]|\d+[.)])/, '\\$1');
}

function factsOf({ incident }: Story): string[] {
  const { severity, services, environment, commit, deployment, item, runbook, acknowledged, started, resolved } = incident;
  const fact = (name: string, value: string | null): string[] => (value === null || value === '' ? [] : [`- **${name}:** ${value}`]);
  return [
    ...fact('Severity', severities[severity]),
    ...fact('Services', services.map(markdown).join(', ')),
    ...fact('Environment', environment === null ? null : markdown(environment)),
    ...fact('Began', momentText(started)),
    ...fact('Acknowledged', acknowledged === null ? null : `${momentText(acknowledged.time)} by ${markdown(acknowledged.actor)}`),
    ...fact('Resolved', resolved === null ? 'not yet' : momentText(resolved)),
    ...fact(
      'Release',
      commit === null ? null : `\`${commit.slice(0, 12)}\`${deployment === null ? '' : ` (deployment \`${deployment.slice(0, 12)}\`)`}`,
    ),
    ...fact('Work item', item === null ? null : `${item}`),
    ...fact('Runbook', runbook === null ? null : markdown(runbook)),
  ];
}

function summaryOf({ incident, now }: Story): string[] {
  const { started, resolved, acknowledged, monitors, services, environment } = incident;
  const what = services.length === 0 ? 'It' : services.map(markdown).join(', ');
  const where = environment === null ? '' : ` in ${markdown(environment)}`;
  const end = resolved ?? now;
  const lasted = `${what}${where}: ${resolved === null ? 'open for' : 'lasted'} ${spanText(end - started)}.`;
  const seen =
    monitors.length === 0 ? 'It was opened by hand.' : `It was seen by ${monitors.map(({ name }) => markdown(name)).join(', ')}.`;
  const answered =
    acknowledged === null ? 'Nobody acknowledged it.' : `It was acknowledged after ${spanText(acknowledged.time - started)}.`;
  return [`${lasted} ${seen} ${answered}`];
}

function impactOf({ incident, now }: Story): string[] {
  return incident.monitors.map(({ name, joined, recovered }) => {
    const until = recovered === null ? 'and still is' : `until ${momentText(recovered)}`;
    return `- ${markdown(name)} was down from ${momentText(joined)} ${until} (${spanText((recovered ?? now) - joined)})`;
  });
}

function entryLine({ time, actor, text }: TimelineEntry): string {
  return `- ${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC: ${markdown(text)}${actor === 'hub' ? '' : ` (${markdown(actor)})`}`;
}

function isAct({ kind, actor }: TimelineEntry): boolean {
  return (
    kind === 'deployment' || kind === 'note' || (actor !== 'hub' && (kind === 'state' || kind === 'acknowledged' || kind === 'linked'))
  );
}

function suspectLines(suspects: Suspects | undefined): string[] {
  if (suspects === undefined) return [];
  const { good, bad, problem, commits, total } = suspects;
  if (problem !== null) return [markdown(problem)];
  const between =
    good === null || bad === null
      ? []
      : [
          `Between \`${good.commit.slice(0, 12)}\`, which was well, and \`${bad.commit.slice(0, 12)}\`, which was not: ${total} ${total === 1 ? 'commit' : 'commits'}.`,
          '',
        ];
  const lines = commits.slice(0, mostSuspects).map(({ commit, subject, author, score, reasons, item }, at) => {
    const why = reasons.map(({ text }) => markdown(text)).join('; ');
    return `${at + 1}. \`${commit.slice(0, 12)}\` ${markdown(subject)} (${markdown(author)}${item === null ? '' : `, work item ${item}`}), ${Math.round(score * 100)} %${why === '' ? '' : `: ${why}`}`;
  });
  return [...between, ...lines];
}
