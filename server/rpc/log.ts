/** Levels of the one log. Every line carries the correlation id of the request that caused it. */
type Level = 'debug' | 'info' | 'warn' | 'error';
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
