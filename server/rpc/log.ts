/** Levels of the one log. Every line carries the correlation id of the request that caused it. */
export const levels = ['debug', 'info', 'warn', 'error', 'off'] as const;
export type Threshold = (typeof levels)[number];
export type Level = Exclude<Threshold, 'off'>;
export type Log = (level: Level, text: string, fields?: Readonly<Record<string, unknown>>) => void;

/** One line: the text, then `key=value` pairs; values with spaces are quoted as JSON. */
export function formatLine(text: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value)}`);
  return [text, ...pairs].join(' ');
}

export function withFields(log: Log, more: Readonly<Record<string, unknown>>): Log {
  return (level, text, fields) => log(level, text, { ...more, ...fields });
}

/** A log whose lines belong to a domain (`deploy`, `monitor`, …), so that they can be searched and silenced by it. */
export function inDomain(log: Log, domain: string): Log {
  return withFields(log, { domain });
}

/** Drops what is below the threshold before any text is made: a busy window answers hundreds of requests a second. */
export class LogGate {
  #threshold: number;

  constructor(threshold: Threshold) {
    this.#threshold = levels.indexOf(threshold);
  }

  set(threshold: Threshold): void {
    this.#threshold = levels.indexOf(threshold);
  }

  passes(level: Level): boolean {
    return levels.indexOf(level) >= this.#threshold;
  }
}
