import type { LogLine } from '../../server/protocol/deployTypes.ts';

const colours = { hearth: '36', build: '2', hook: '35', container: '0' } as const;

/** A line as a terminal shows it: the time, and the text in the colour of its stream. */
export function terminalLine({ time, stream, text }: LogLine): string {
  const at = new Date(time).toLocaleTimeString(undefined, { hour12: false });
  return `\x1b[2m${at}\x1b[0m \x1b[${colours[stream]}m${plainText(text)}\x1b[0m`;
}

/** Text without escape sequences, other control characters and changes of direction; tabs stay. */
export function plainText(text: string): string {
  return text
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])?/g, '')
    .replace(/[\0-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}
