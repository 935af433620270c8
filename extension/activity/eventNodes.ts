import { env, l10n, MarkdownString, ThemeIcon, TreeItem, TreeItemCollapsibleState } from 'vscode';
import type { Event } from '../../server/protocol/events.ts';
import { calendarDate, calendarTime } from '../git/relativeTime.ts';
import { TreeNode } from '../ui/treeNode.ts';
import { type Day, daysAgo } from './eventDays.ts';
import { actorName, eventAge, kindOf, wordsOf } from './eventWords.ts';

/** The events of a day. */
export class DayNode extends TreeNode {
  readonly #day: Day;

  constructor(day: Day, projectName: (id: string) => string | undefined) {
    super(undefined, day.day);
    this.#day = day;
    this.keep(day.events.map((event) => new EventNode(this, event, projectName)));
  }

  override item(): TreeItem {
    const { day, events } = this.#day;
    const item = new TreeItem(dayName(day), TreeItemCollapsibleState.Expanded);
    item.description = String(events.length);
    item.iconPath = new ThemeIcon('calendar');
    item.contextValue = 'day';
    return item;
  }
}

/** One thing that happened. */
export class EventNode extends TreeNode {
  readonly event: Event;
  readonly #projectName: (id: string) => string | undefined;

  constructor(parent: TreeNode, event: Event, projectName: (id: string) => string | undefined) {
    super(parent, String(event.sequence));
    this.event = event;
    this.#projectName = projectName;
  }

  override item(): TreeItem {
    const { icon, label } = wordsOf(this.event);
    const { time, actor } = this.event;
    const project = this.#project();
    const item = new TreeItem(label, TreeItemCollapsibleState.None);
    item.description = [eventAge(time), actorName(actor), ...(project === undefined ? [] : [project])].join(' · ');
    item.iconPath = new ThemeIcon(icon);
    item.contextValue = 'event';
    item.accessibilityInformation = { label: [label, item.description].join(', ') };
    return item;
  }

  override tooltip(): MarkdownString {
    const { sequence, time, actor, correlationId, entity, payload } = this.event;
    // A note may be longer than its row.
    const whole = entity === 'note' && typeof payload['text'] === 'string' ? payload['text'] : undefined;
    const project = this.#project();
    const facts = [
      l10n.t('{0} by {1}', calendarTime(time / 1000, env.language), actorName(actor)),
      ...(project === undefined ? [] : [l10n.t('Project {0}', project)]),
      l10n.t('No. {0} · {1} · request {2}', sequence, kindOf(this.event), correlationId),
    ];
    const tooltip = new MarkdownString().appendText(whole ?? wordsOf(this.event).label);
    for (const fact of facts) tooltip.appendMarkdown('\n\n').appendText(fact);
    return whole === undefined ? tooltip.appendCodeblock(JSON.stringify(payload, undefined, 2), 'json') : tooltip;
  }

  #project(): string | undefined {
    return this.event.project === undefined ? undefined : this.#projectName(this.event.project);
  }
}

function dayName(day: string): string {
  const ago = daysAgo(day, Date.now());
  if (ago === 0) return l10n.t('Today');
  if (ago === 1) return l10n.t('Yesterday');
  return calendarDate(Date.parse(`${day}T12:00:00`) / 1000, env.language);
}
