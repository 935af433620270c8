import type { Level } from '../rpc/log.ts';
import { maskFields, maskText } from '../rpc/mask.ts';

/** A line of the hub's log. Times are milliseconds since the epoch. */
export interface LogLine {
  readonly time: number;
  readonly level: Level;
  /** Who says it: `deploy`, `monitor`, `store`, …; `hub` for what belongs to none. */
  readonly domain: string;
  readonly text: string;
  /** Of the request that caused it, as the event log has it. */
  readonly correlation: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

const longestText = 8000;

/** What a program logs as a line: `domain` and `id` come out of the fields, secrets are masked. */
export function lineOf(time: number, level: Level, text: string, given: Readonly<Record<string, unknown>> = {}): LogLine {
  const { domain, id, ...fields } = given;
  return {
    time,
    level,
    domain: domainOf(domain, given['method']),
    text: maskText(text).slice(0, longestText),
    correlation: typeof id === 'string' ? id : null,
    fields: maskFields(fields),
  };
}

function domainOf(domain: unknown, method: unknown): string {
  if (typeof domain === 'string' && domain !== '') return domain;
  const [first = ''] = typeof method === 'string' ? method.split('/') : [];
  return first === '' ? 'hub' : first;
}

/** As it stands in the file: one line of JSON, its newline included. */
export function jsonOf({ time, ...line }: LogLine): string {
  return `${JSON.stringify({ time: new Date(time).toISOString(), ...line })}\n`;
}

/** Undefined for what is no such line: torn by a kill, or written by a version that wrote text. */
export function parseLine(json: string): LogLine | undefined {
  if (!json.startsWith('{')) return undefined;
  try {
    const { time, level, domain, text, correlation, fields } = JSON.parse(json) as Record<string, unknown>;
    const at = Date.parse(String(time));
    if (Number.isNaN(at) || !isLevel(level) || typeof domain !== 'string' || typeof text !== 'string') return undefined;
    return {
      time: at,
      level,
      domain,
      text,
      correlation: typeof correlation === 'string' ? correlation : null,
      fields: typeof fields === 'object' && fields !== null ? (fields as Record<string, unknown>) : {},
    };
  } catch {
    return undefined;
  }
}

function isLevel(value: unknown): value is Level {
  return value === 'debug' || value === 'info' || value === 'warn' || value === 'error';
}
