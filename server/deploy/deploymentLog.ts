import { closeSync, promises as fs, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Redactor } from '../environment/index.ts';
import type { LogLine } from '../protocol/deployTypes.ts';
import { plainLine } from './plainLine.ts';

type Stream = LogLine['stream'];

/** Where logs are kept, one file a deployment. */
const folderOf = (home: string): string => path.join(home, 'deployments');
const fileOf = (home: string, id: string): string => path.join(folderOf(home), `${id}.jsonl`);

const mostBytes = 20 * 1024 * 1024;
const longestLine = 8000;
/** What waits to be written: at most so much, and so long (ms). */
const buffered = 64 * 1024;
const flushAfter = 50;

/** Logs that this process writes, by file. */
const written = new Map<string, DeploymentLog>();

/**
 * The log of a deployment on its way, `HEARTH_HOME/deployments/<id>.jsonl` (0600). Lines are masked before anything keeps or hears them. A disk
 * that refuses costs log lines, never the deployment.
 */
export class DeploymentLog {
  readonly #file: string;
  readonly #redactor: () => Redactor | undefined;
  readonly #heard: (line: LogLine) => void;
  #handle: number | undefined;
  #last: number;
  #size = 0;
  #left = 0;
  #waiting: string[] = [];
  #waitingSize = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(home: string, id: string, last: number, redactor: () => Redactor | undefined, heard: (line: LogLine) => void) {
    this.#file = fileOf(home, id);
    this.#last = last;
    this.#redactor = redactor;
    this.#heard = heard;
  }

  add(stream: Stream, text: string): void {
    for (const part of text.split('\n')) this.#addLine(stream, part);
  }

  #addLine(stream: Stream, text: string): void {
    // Masked before it is shortened: half a secret is not recognised.
    const masked = maskedLine(this.#redactor(), text);
    const shown = masked.length > longestLine ? `${masked.slice(0, longestLine)}… (${masked.length} characters)` : masked;
    if (this.#size > mostBytes && stream !== 'hearth') {
      this.#left++;
      return;
    }
    this.#write(stream, shown);
  }

  #write(stream: Stream, text: string): void {
    const line: LogLine = { n: ++this.#last, time: Date.now(), stream, text };
    const json = `${JSON.stringify(line)}\n`;
    this.#size += json.length;
    written.set(this.#file, this);
    this.#waiting.push(json);
    this.#waitingSize += json.length;
    if (this.#waitingSize > buffered) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), flushAfter);
    this.#heard(line);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingSize = 0;
    if (text === '') return;
    try {
      if (this.#handle === undefined) {
        mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
        this.#handle = openSync(this.#file, 'a', 0o600);
        const before = fstatSync(this.#handle).size;
        this.#size += before;
        // The last line of one that was killed may be torn.
        if (before > 0) writeSync(this.#handle, '\n');
      }
      writeSync(this.#handle, text);
    } catch {
      // A full disk: the deployment is worth more than its log.
    }
  }

  close(): void {
    if (this.#left > 0) this.#write('hearth', `${this.#left} lines were left out: this log is full (20 MB).`);
    this.#left = 0;
    this.flush();
    if (written.get(this.#file) === this) written.delete(this.#file);
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }
}

/** A line as it may be shown. Masked twice: a secret may hold what a plain line leaves out, or be seen only without it. */
export function maskedLine(redactor: Redactor | undefined, text: string): string {
  return redactor === undefined ? plainLine(text) : redactor.redact(plainLine(redactor.redact(text)));
}

/** The lines of a deployment's log after one; undefined when there is no such file (any more). Torn lines are left out. */
export async function readLog(home: string, id: string, after = 0): Promise<LogLine[] | undefined> {
  const file = fileOf(home, id);
  // What was told already is in the file: who listens from now on misses no line.
  written.get(file)?.flush();
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const lines: LogLine[] = [];
  for (const json of text.split('\n')) {
    const line = parseLine(json);
    if (line !== undefined && line.n > after) lines.push(line);
  }
  return lines;
}

function parseLine(json: string): LogLine | undefined {
  if (json === '') return undefined;
  try {
    const { n, time, stream, text } = JSON.parse(json) as LogLine;
    return { n, time, stream, text };
  } catch {
    return undefined;
  }
}

export async function deleteLog(home: string, id: string): Promise<void> {
  await fs.rm(fileOf(home, id), { force: true });
}

export async function keptLogs(home: string): Promise<Set<string>> {
  const names = await fs.readdir(folderOf(home)).catch(() => []);
  return new Set(names.filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length)));
}
