import type { MaintenanceConfig } from '../../config/hearthTypes.ts';
import { asFailure } from '../../rpc/failure.ts';
import type { Log } from '../../rpc/log.ts';
import { configuredWindows, type MaintenanceWindow, Timetable } from './windows.ts';

/** The maintenance windows of every project, ready to be asked at any time. */
export class Calendar {
  readonly #log: Log;
  #projects: ReadonlyMap<string, readonly Timetable[]> = new Map();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Replaces all. What cannot be read is said in the log and left out. */
  async set(projects: ReadonlyMap<string, ProjectWindows>): Promise<void> {
    const all = [...projects].map(([project, { configured, manual, idOf }]) => ({
      project,
      windows: [...configuredWindows(configured, idOf), ...manual],
    }));
    if (all.every(({ windows }) => windows.length === 0)) {
      this.#projects = new Map();
      return;
    }
    const { loadCron } = await import('../heavy.ts');
    const CronOf = await loadCron();
    this.#projects = new Map(all.map(({ project, windows }) => [project, windows.flatMap((each) => this.#timetable(each, CronOf))]));
  }

  of(project: string): readonly Timetable[] {
    return this.#projects.get(project) ?? [];
  }

  /** The open window a monitor is in, that which lasts longest; undefined when none is. */
  open({ project, id }: { readonly project: string; readonly id: string }, now: number): { name: string; until: number } | undefined {
    const timetables = this.#projects.get(project);
    if (timetables === undefined) return undefined;
    return timetables
      .filter(({ window }) => window.monitors.length === 0 || window.monitors.includes(id))
      .flatMap((each) => (each.isOpen(now) ? [{ name: each.window.name, until: each.next(now)?.to ?? now }] : []))
      .sort((a, b) => b.until - a.until)[0];
  }

  #timetable(window: MaintenanceWindow, CronOf: ConstructorParameters<typeof Timetable>[1]): Timetable[] {
    try {
      return [new Timetable(window, CronOf)];
    } catch (error) {
      this.#log('warn', asFailure(error).message);
      return [];
    }
  }
}

export interface ProjectWindows {
  readonly configured: readonly MaintenanceConfig[];
  readonly manual: readonly MaintenanceWindow[];
  idOf(name: string): string | undefined;
}
