import type * as z from 'zod/mini';
import type { notifyOn } from '../../protocol/notify.ts';

/** What somebody is told, as it is kept in the outbox: plain text, never markup, never a secret. */
export interface Payload {
  readonly kind: z.output<typeof notifyOn> | 'reminder' | 'test';
  /** One line. */
  readonly title: string;
  /** Further lines; each is one line. */
  readonly lines: readonly string[];
  readonly state: 'down' | 'up' | 'warning' | 'info';
  readonly service: string | null;
  readonly monitor: string | null;
  readonly environment: string | null;
  /** `I-7` */
  readonly incident: string | null;
  /** Where to go on: a runbook, what is watched, what was deployed. */
  readonly url: string | null;
  /** Milliseconds since the epoch: when it happened. */
  readonly time: number;
}

/** Several messages that are told as one. */
export interface Letter {
  readonly title: string;
  readonly lines: readonly string[];
  readonly state: Payload['state'];
  readonly url: string | null;
  readonly payloads: readonly Payload[];
}

const words: Readonly<Record<Payload['kind'], string>> = {
  down: 'down',
  recovered: 'recovered',
  reminder: 'still down',
  deployed: 'deployed',
  failed: 'failed deployments',
  certificate: 'certificates',
  incident: 'incidents',
  test: 'tests',
};
/** The worst first: what a letter of several looks like. */
const worst: readonly Payload['state'][] = ['down', 'warning', 'up', 'info'];
/** So many are told in full; of more their number. */
const mostShown = 20;

/** Oldest first. One is told as it is; of several the title counts them. */
export function letterOf(payloads: readonly Payload[]): Letter {
  const [only] = payloads;
  if (only !== undefined && payloads.length === 1) {
    return { title: only.title, lines: only.lines, state: only.state, url: only.url, payloads };
  }
  const kinds = [...new Set(payloads.map(({ kind }) => kind))];
  const counts = kinds.map((kind) => `${payloads.filter((each) => each.kind === kind).length} ${words[kind]}`);
  const shown = payloads.slice(0, mostShown).flatMap(({ title, lines }) => [`• ${title}`, ...lines.map((line) => `  ${line}`)]);
  const more = payloads.length > mostShown ? [`and ${payloads.length - mostShown} more`] : [];
  return {
    title: `${payloads.length} messages: ${counts.join(', ')}`,
    lines: [...shown, ...more],
    state: worst.find((state) => payloads.some((each) => each.state === state)) ?? 'info',
    url: null,
    payloads,
  };
}

/** Text of a repository or of a server as one line that moves nothing: no control characters, no change of direction. */
export function plainLine(text: string, most = 500): string {
  const line = text
    .replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
    .replace(/[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g, '')
    .trim();
  const points = [...line];
  return points.length > most ? `${points.slice(0, most - 1).join('')}…` : line;
}

/** Lines as one text of at most so many characters. */
export function textOf(lines: readonly string[], most: number): string {
  const text = lines.join('\n');
  const points = [...text];
  return points.length > most ? `${points.slice(0, most - 1).join('')}…` : text;
}
