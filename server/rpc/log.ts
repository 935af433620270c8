/** Levels of the one log. Every line carries the correlation id of the request that caused it. */
const levels = ['debug', 'info', 'warn', 'error', 'off'] as const;
type Level = Exclude<(typeof levels)[number], 'off'>;
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

/** Drops what is below the threshold before any text is made: a busy window answers hundreds of requests a second. */
export class LogGate {
  #threshold: number;

  constructor(threshold: (typeof levels)[number]) {
    this.#threshold = levels.indexOf(threshold);
  }

  set(threshold: (typeof levels)[number]): void {
    this.#threshold = levels.indexOf(threshold);
  }

  passes(level: Level): boolean {
    return levels.indexOf(level) >= this.#threshold;
  }
}
