import type { Event } from '../protocol/events.ts';

/** What happened to a service of the catalog, behind its name. Undefined: a kind that is newer than this program. */
export function serviceSentence(kind: string, { fields, change, source }: Event['payload'], name: string): string | undefined {
  const why = typeof change === 'string' ? `: ${change}` : '';
  const what = Array.isArray(fields) && fields.length > 0 ? ` (${fields.join(', ')})` : '';
  switch (kind) {
    case 'added':
      return `service ${name} added${source === 'file' ? ' by hearth.yaml' : ''}${why}`;
    case 'changed':
      return `service ${name} changed${what}${why}`;
    case 'orphaned':
      return `service ${name} is not in hearth.yaml any more`;
    case 'back':
      return `service ${name} is back${what}${why}`;
    case 'removed':
      return `service ${name} removed${why}`;
    default:
      return undefined;
  }
}
