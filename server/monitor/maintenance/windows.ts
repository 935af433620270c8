import type { Cron } from 'croner';
import type { MaintenanceConfig } from '../../config/hearthTypes.ts';
import { Failure } from '../../rpc/failure.ts';
import type { Reader } from '../../store/types.ts';

/** A maintenance window of the applied `hearth.yaml`, or one opened by hand. Times are milliseconds since the epoch. */
export interface MaintenanceWindow {
  readonly id: string;
  readonly name: string;
  readonly source: 'file' | 'manual';
  readonly when: MaintenanceConfig['when'];
  readonly timeZone: string;
  /** Ids of monitors; empty: all of the project. */
  readonly monitors: readonly string[];
}

export interface Occurrence {
  readonly from: number;
  readonly to: number;
}

type CronClass = typeof Cron;

/** Says when a window is open. Answers are kept until they are over, or the clock is set back. */
export class Timetable {
  readonly window: MaintenanceWindow;
  readonly #cron: Cron | undefined;
  #next: { readonly asked: number; readonly occurrence: Occurrence | undefined } | undefined;

  /** Throws `invalid` for a pattern or time zone that is none. */
  constructor(window: MaintenanceWindow, CronOf: CronClass) {
    this.window = window;
    const { when, timeZone, name } = window;
    if (when.kind === 'once') return;
    try {
      this.#cron = new CronOf(when.cron, { timezone: timeZone, paused: true });
    } catch (error) {
      throw new Failure('invalid', `The maintenance window "${name}" cannot be read: ${(error as Error).message}.`);
    }
  }

  /** The one that is open then, else the next one; undefined when there is none any more. */
  next(now: number): Occurrence | undefined {
    const known = this.#next;
    if (known !== undefined && now >= known.asked && (known.occurrence === undefined || now < known.occurrence.to)) return known.occurrence;
    const occurrence = this.#compute(now);
    this.#next = { asked: now, occurrence };
    return occurrence;
  }

  isOpen(now: number): boolean {
    const next = this.next(now);
    return next !== undefined && next.from <= now;
  }

  #compute(now: number): Occurrence | undefined {
    const { when } = this.window;
    if (when.kind === 'once') return now < when.to ? { from: when.from, to: when.to } : undefined;
    // The first that begins late enough to be open still; seconds are the grain of cron.
    const from = this.#cron?.nextRun(new Date(now - when.duration))?.getTime();
    return from === undefined ? undefined : { from, to: from + when.duration };
  }
}

type ManualRow = { id: string; project: string; name: string; begins: number; ends: number; monitors: string };

/** Those opened by hand that are not over, of all projects. */
export function manualWindows(reader: Reader, now: number): (MaintenanceWindow & { readonly project: string })[] {
  return reader
    .all<ManualRow>('select id, project, name, begins, ends, monitors from maintenance_windows where ends > ? order by begins, id', [now])
    .map(({ begins, ends, monitors, ...row }) => ({
      ...row,
      source: 'manual',
      when: { kind: 'once', from: begins, to: ends },
      timeZone: 'UTC',
      monitors: JSON.parse(monitors) as string[],
    }));
}

/** Of the applied configuration; monitors that it names and that are not there are left out, but never so that it becomes all of them. */
export function configuredWindows(windows: readonly MaintenanceConfig[], idOf: (name: string) => string | undefined): MaintenanceWindow[] {
  return windows.map(({ name, when, timeZone, monitors }) => ({
    id: `file:${name}`,
    ...{ name, source: 'file', when, timeZone },
    monitors: monitors.map((each) => idOf(each) ?? `missing:${each}`),
  }));
}
