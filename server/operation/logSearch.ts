import { promises as fs } from 'node:fs';
import { logFilesOf } from '../hub/logFile.ts';
import { type Level, levels } from '../rpc/log.ts';
import { type LogLine, parseLine } from './logLine.ts';

/** What lines are wanted. All that is given must hold. */
export interface LogFilter {
  /** This level and what is worse. */
  readonly level?: Level | undefined;
  readonly domain?: string | undefined;
  readonly correlation?: string | undefined;
  /** Case-insensitive, anywhere in the line. */
  readonly text?: string | undefined;
  /** From this time on, and before that one; milliseconds since the epoch. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** What a line belongs to: by its correlation id, or by a field that names the deployment. */
  readonly about?: { readonly correlations: ReadonlySet<string>; readonly deployment?: string | undefined } | undefined;
}

const page = 200;

/** Lines of the hub's log files, newest first, until `limit`; answers whether there are more. A file that is gone or torn is no failure. */
export async function searchLog(
  home: string,
  filter: LogFilter,
  limit: number,
  emit: (lines: LogLine[]) => unknown,
  signal: AbortSignal,
): Promise<{ more: boolean }> {
  const wanted = lineMatcher(filter);
  let rows: LogLine[] = [];
  let found = 0;
  for (const file of logFilesOf(home)) {
    signal.throwIfAborted();
    const text = await fs.readFile(file, 'utf8').catch(() => '');
    for (const json of linesFromEnd(text)) {
      const line = wanted(json);
      if (line === undefined) continue;
      if (found === limit) {
        if (rows.length > 0) await emit(rows);
        return { more: true };
      }
      found++;
      rows.push(line);
      if (rows.length < page) continue;
      await emit(rows);
      rows = [];
      signal.throwIfAborted();
    }
  }
  if (rows.length > 0) await emit(rows);
  return { more: false };
}

/** Errors of the log since a time, by domain. */
export async function countErrors(home: string, since: number, signal: AbortSignal): Promise<Record<string, number>> {
  const counts = new Map<string, number>();
  const add = (lines: LogLine[]) => {
    for (const { domain } of lines) counts.set(domain, (counts.get(domain) ?? 0) + 1);
  };
  await searchLog(home, { level: 'error', since }, Number.POSITIVE_INFINITY, add, signal);
  return Object.fromEntries(counts);
}

/** The line when it is wanted. Most are told apart without being parsed. */
export function lineMatcher({ level, domain, correlation, text, since, until, about }: LogFilter): (json: string) => LogLine | undefined {
  const worse = levels.slice(levels.indexOf(level ?? 'debug')).map((each) => `"level":"${each}"`);
  const needle = text?.toLowerCase();
  return (json) => {
    if (level !== undefined && !worse.some((each) => json.includes(each))) return undefined;
    const line = parseLine(json);
    if (line === undefined || levels.indexOf(line.level) < levels.indexOf(level ?? 'debug')) return undefined;
    if (domain !== undefined && line.domain !== domain) return undefined;
    if (correlation !== undefined && line.correlation !== correlation) return undefined;
    if (since !== undefined && line.time < since) return undefined;
    if (until !== undefined && line.time >= until) return undefined;
    if (needle !== undefined && !wordsOf(line).includes(needle)) return undefined;
    if (about !== undefined && !isAbout(line, about)) return undefined;
    return line;
  };
}

function wordsOf({ text, domain, correlation, fields }: LogLine): string {
  return `${text} ${domain} ${correlation ?? ''} ${Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')}`.toLowerCase();
}

function isAbout({ correlation, fields }: LogLine, about: NonNullable<LogFilter['about']>): boolean {
  if (correlation !== null && about.correlations.has(correlation)) return true;
  return about.deployment !== undefined && fields['deployment'] === about.deployment;
}

function* linesFromEnd(text: string): Generator<string> {
  let end = text.length;
  while (end > 0) {
    const start = text.lastIndexOf('\n', end - 1);
    if (end - start > 1) yield text.slice(start + 1, end);
    end = start;
  }
}
