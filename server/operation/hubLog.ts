import os from 'node:os';
import { LogFile } from '../hub/logFile.ts';
import type { Level, Log } from '../rpc/log.ts';
import { Levels } from './levels.ts';
import { jsonOf, type LogLine, lineOf } from './logLine.ts';
import { Loki } from './loki.ts';
import type { Settings } from './settings.ts';

/** How many lines of a level a domain has said since the hub started. */
export interface LogCount {
  readonly level: Level;
  readonly domain: string;
  readonly count: number;
}

/** Names of domains are our own; should one not be, it cannot fill the memory. */
const mostCounts = 500;

/** The log of a hub: a file, Loki when settings.json names one, and whoever listens beside. Lines are masked before anybody gets them. */
export class HubLog {
  readonly #file: LogFile;
  readonly #levels: Levels;
  readonly #also: ((line: LogLine) => void) | undefined;
  readonly #loki: Loki | undefined;
  readonly #counts = new Map<string, { level: Level; domain: string; count: number }>();

  constructor({ home, settings, also }: { home: string; settings: Settings; also?: ((line: LogLine) => void) | undefined }) {
    this.#file = new LogFile(home);
    this.#levels = new Levels(settings);
    this.#also = also;
    const loki = settings.log?.loki;
    if (loki !== undefined) {
      const told = (problem: string | undefined, dropped: number) =>
        problem === undefined
          ? this.log('info', 'Loki takes the log again', { domain: 'operation', dropped })
          : this.log('warn', problem, { domain: 'operation', dropped });
      this.#loki = new Loki({ ...loki, home, host: os.hostname(), told });
    }
  }

  readonly log: Log = (level, text, fields) => {
    const line = lineOf(Date.now(), level, text, fields);
    if (!this.#levels.passes(level, line.domain)) return;
    this.#count(line);
    this.#file.write(jsonOf(line));
    this.#loki?.add(line);
    this.#also?.(line);
  };

  get counts(): LogCount[] {
    return [...this.#counts.values()];
  }

  async close(): Promise<void> {
    await this.#loki?.close();
    this.#file.close();
  }

  #count({ level, domain }: LogLine): void {
    const key = `${level} ${domain}`;
    const known = this.#counts.get(key);
    if (known !== undefined) known.count++;
    else if (this.#counts.size < mostCounts) this.#counts.set(key, { level, domain, count: 1 });
  }
}
