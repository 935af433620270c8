import { type Level, levels, type Threshold } from '../rpc/log.ts';
import type { Settings } from './settings.ts';

/** Which lines of the hub are kept: everything unless `log.level` and `log.levels.<domain>` of settings.json say less. */
export class Levels {
  readonly #common: Threshold;
  readonly #byDomain: ReadonlyMap<string, Threshold>;

  constructor({ log }: Settings) {
    this.#common = log?.level ?? 'debug';
    this.#byDomain = new Map(Object.entries(log?.levels ?? {}));
  }

  passes(level: Level, domain: string): boolean {
    return levels.indexOf(level) >= levels.indexOf(this.#byDomain.get(domain) ?? this.#common);
  }
}
