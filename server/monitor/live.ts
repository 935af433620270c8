import type { Beat, Certificate } from '../protocol/monitorTypes.ts';
import { letterOf } from './history/beats.ts';
import { advance, nothingKnown, type Status } from './machine.ts';
import type { StateRecord } from './records.ts';
import type { CheckResult, MonitorRecord } from './types.ts';

/** Beats that a row may show. */
const mostShown = 100;

/** A monitor as the hub knows it by heart: what is asked all the time, and what the next look needs. */
export class Live {
  record: MonitorRecord;
  status: Status;
  /** When somebody looked last and saw something: milliseconds since the epoch, and monotonic in this process. */
  checked: number | null;
  checkedAt: number | undefined;
  milliseconds: number | null;
  certificate: Certificate | null;
  certificateTold: readonly number[];
  reminded: number | null;
  /** When somebody called in last (push). */
  pushed: number | null;
  /** Why the last look said nothing; null when it said something. */
  note: string | null = null;
  /** Since when it is looked at, and when somebody called in last: monotonic. */
  watchedAt = 0;
  calledAt: number | undefined;
  /** When the failures began that go on, monotonic. */
  failingSince: number | undefined;
  /** States of the last beats, one letter each, oldest first; undefined until they were read. */
  recent: string | undefined;
  /** Up and down of the last 24 hours as of an hour; counted on from there. */
  day: { readonly hour: number; up: number; down: number } | undefined;
  /** What clients were told of it last. */
  told = '';
  /** What is kept of it differs from this. */
  changed = false;

  constructor(record: MonitorRecord, state: StateRecord | undefined) {
    this.record = record;
    this.status = state?.status ?? nothingKnown(record.created);
    this.checked = state?.checked ?? null;
    this.milliseconds = state?.milliseconds ?? null;
    this.certificate = state?.certificate ?? null;
    this.certificateTold = state?.certificateTold ?? [];
    this.reminded = state?.reminded ?? null;
    this.pushed = state?.pushed ?? null;
  }

  /** Looked at by the hub. */
  get active(): boolean {
    return !this.record.paused && this.record.orphan === null;
  }

  /** It was changed: what is kept of it counts. */
  reread(record: MonitorRecord, state: StateRecord | undefined): void {
    this.record = record;
    this.status = state?.status ?? nothingKnown(record.updated);
    this.certificate = state?.certificate ?? null;
    this.certificateTold = state?.certificateTold ?? [];
    this.reminded = state?.reminded ?? null;
    this.failingSince = undefined;
    this.note = null;
    this.changed = false;
  }

  /** As it is kept. */
  state(): Omit<StateRecord, 'suppressed'> {
    const { status, checked, milliseconds, certificate, certificateTold, reminded, pushed } = this;
    return { status, checked, milliseconds, certificate, certificateTold, reminded, pushed };
  }

  /** Everything a look may change, to go back to when it could not be written down. */
  keep(): () => void {
    const { status, certificate, certificateTold, reminded, pushed, recent } = this;
    const day = this.day === undefined ? undefined : { ...this.day };
    return () => Object.assign(this, { status, certificate, certificateTold, reminded, pushed, recent, day });
  }

  noteBeat(beat: Beat, hour: number): void {
    if (this.recent !== undefined) this.recent = (this.recent + letterOf(beat.state)).slice(-mostShown);
    if (this.day === undefined || this.day.hour !== hour) this.day = undefined;
    else if (beat.state === 'up') this.day.up++;
    else if (beat.state === 'down') this.day.down++;
  }
}

/** Thresholds in days at which a certificate that ends is told of, once each. */
const certificateDays = [21, 14, 7] as const;

/** Whether its end is to be told of now: the lowest threshold that it has come under, unless that was said. */
export function certificateNews(
  certificate: Certificate,
  before: { readonly fingerprint: string | null; readonly told: readonly number[] },
): { readonly told: readonly number[]; readonly days?: number } {
  const told = before.fingerprint === certificate.fingerprint ? before.told : [];
  const under = certificateDays.filter((days) => certificate.days <= days);
  const lowest = under.at(-1);
  if (lowest === undefined || told.includes(lowest)) return { told };
  return { told: under, days: lowest };
}

/** The step that a result makes, before anything is changed. */
export function stepOf(live: Live, result: Pick<CheckResult, 'ok' | 'message'>, time: number, maintenance: boolean, final = false) {
  return advance(live.status, live.record.settings, { ok: result.ok, message: result.message, time, maintenance, final });
}
