import type { Log } from '../rpc/log.ts';
import { Backups } from './backup.ts';
import type { Disk } from './disk.ts';
import type { Layout } from './layout.ts';
import type { Migration } from './migrations.ts';
import { Restores } from './restore.ts';
import { migrations as ownMigrations } from './schema.ts';
import { Segments } from './segments.ts';
import type { Image, Store } from './store.ts';

/** How often it is looked whether a day has passed: a machine sleeps, and timers with it. */
const interval = 3_600_000;
const day = 86_400_000;

/** What keeps an open store safe over time: backups, restores, sealed segments. */
export class Keeping {
  readonly store: Store;
  readonly segments: Segments;
  readonly backups: Backups;
  readonly restores: Restores;
  readonly migrations: readonly Migration[];
  /** Of this Hearth; archives say who wrote them. */
  readonly version: string;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(store: Store, log: Log, more: { version?: string; now?: () => number; migrations?: readonly Migration[] } = {}) {
    this.store = store;
    this.migrations = more.migrations ?? ownMigrations;
    this.version = more.version ?? '';
    this.segments = new Segments(store.disk, store.layout.segments);
    this.backups = new Backups(store.disk, store.layout.backups, newestOf(this.migrations));
    this.restores = new Restores(store, this.backups, this.segments, this.migrations);
    this.#log = log;
    this.#now = more.now ?? Date.now;
  }

  /** Does what is due now, and from time to time after. Never rejects: what fails is logged and tried again. */
  start(): void {
    this.#timer ??= setInterval(() => void this.due(), interval).unref();
    void this.due();
  }

  /** A backup when the newest is a day old and something changed since; then sealing what is old enough. */
  due(): Promise<void> {
    this.#running ??= this.#due().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Resolves when nothing of it touches the store any more. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#ending.abort();
    await this.#running;
  }

  async #due(): Promise<void> {
    const now = this.#now();
    await this.#attempt('no daily backup could be made', async () => {
      const made = (await this.backups.list()).filter(({ why }) => why === 'daily');
      // Some may be of the future, of a clock that was set back: they must not stop the others, nor be followed by one every hour.
      const recent = made.some(({ time }) => Math.abs(now - time) < day);
      if (recent || this.store.position === Math.max(0, ...made.map(({ position }) => position))) return;
      const { name } = await this.backups.create('daily', await this.store.image());
      this.#log('info', 'daily backup', { name });
    });
    await this.#attempt('old events could not be sealed', async () => {
      for (const { name, first, last } of await this.segments.seal(this.store, now, this.#ending.signal)) {
        this.#log('info', 'sealed events', { name, events: last - first + 1 });
      }
    });
  }

  async #attempt(problem: string, task: () => Promise<void>): Promise<void> {
    if (this.#ending.signal.aborted) return;
    try {
      await task();
    } catch (error) {
      this.#log('warn', problem, { error: (error as Error).message });
    }
  }
}

/** For `Store.open`: the way back from a migration. */
export function backupBeforeMigration(disk: Disk, layout: Layout, migrations = ownMigrations): (before: Image) => Promise<void> {
  const backups = new Backups(disk, layout.backups, newestOf(migrations));
  return async (before) => void (await backups.create('migration', before));
}

function newestOf(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}
