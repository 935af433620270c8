import type { Event } from '../protocol/events.ts';
import { shownTime } from '../time.ts';
import type { CommandContext } from './command.ts';
import { itemSentence } from './eventItem.ts';
import { serviceSentence } from './eventService.ts';
import { column, oneLine } from './text.ts';

/** One event on one line: when, who, what in words. */
export function eventRow(event: Event, { output, options }: CommandContext): string {
  const iso = options['iso'] === true;
  const time = column(shownTime(iso ? event.time / 1000 : Math.floor(event.time / 1000), iso), iso ? 24 : 14);
  const actor = column(oneLine(event.actor), 7);
  return `${output.style('green', time)}  ${output.style('blue', actor)}  ${oneLine(wordsOf(event))}`;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** Kinds that have a sentence of their own; every other one is shown by entity, kind and what it carries. */
const sentences: Readonly<Record<string, (payload: Event['payload']) => string>> = {
  'note noted': ({ text: note }) => text(note),
  'project created': ({ name }) => `project ${text(name)} created`,
  'project adopted': ({ name }) => `project ${text(name)} has another repository`,
  'config applied': ({ name, commit }) => `hearth.yaml of ${text(commit).slice(0, 12)} applied to ${text(name)}`,
  'segment sealed': ({ count, first, last }) => `${text(count)} events sealed (${text(first)} to ${text(last)})`,
  'store restored': (payload) => `state restored from ${sourceOf(payload)}, ${undone(payload)}`,
  'store imported': (payload) => `state imported from ${sourceOf(payload)}, ${undone(payload)}`,
  'store copied': () => 'this home is a copy and has an identity of its own',
};

function wordsOf({ entity, entityId, kind, payload }: Event): string {
  const ofItem = entity === 'item' ? itemSentence(kind, payload, entityId) : undefined;
  if (ofItem !== undefined) return ofItem;
  const ofService = entity === 'service' ? serviceSentence(kind, payload, entityId) : undefined;
  if (ofService !== undefined) return ofService;
  const known = sentences[`${entity} ${kind}`];
  if (known !== undefined) return known(payload);
  const fields = Object.entries(payload).map(([name, value]) => `${name}=${text(value)}`);
  return [`${entity} ${entityId} ${kind}`, ...fields].join(' ');
}

/** `payload.backup` is the one of the present; what was restored is in `from`. */
function sourceOf({ from }: Event['payload']): string {
  const { backup, file, time } = (from ?? {}) as Record<string, unknown>;
  return typeof time === 'number' ? new Date(time).toISOString() : text(backup ?? file ?? 'elsewhere');
}

function undone({ undone: what }: Event['payload']): string {
  const { events } = (what ?? {}) as Record<string, unknown>;
  return `${text(events ?? 0)} ${events === 1 ? 'event' : 'events'} undone`;
}
