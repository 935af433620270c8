import type { Beat } from '../protocol/monitorTypes.ts';
import { hostOf, isThisMachine } from './checks/index.ts';
import type { Clock } from './clock.ts';
import { hourOf } from './history/beats.ts';
import type { Keeper, News } from './keeper.ts';
import { certificateNews, type Live, stepOf } from './live.ts';
import { hasAnswered } from './look.ts';
import type { Status } from './machine.ts';
import { Connectivity, isOwnAddress, type Outside } from './schedule/connectivity.ts';
import { type Seen, shownState } from './shown.ts';
import type { CheckResult, MonitorRecord } from './types.ts';

interface WitnessOptions {
  readonly clock: Clock;
  readonly outside: Outside | undefined;
  readonly keeper: Keeper;
  /** What people see of it now. */
  seen(live: Live): Seen;
  /** That is another thing than before. */
  told(live: Live): void;
  /** Whether other hosts answer says whose fault it is that this one does not. */
  askOthers(host: string): void;
}

/** Draws from what was seen how a monitor is, and has it written down. */
export class Witness {
  readonly #options: WitnessOptions;
  readonly connectivity: Connectivity;

  constructor(options: WitnessOptions) {
    this.#options = options;
    this.connectivity = new Connectivity(options.clock, options.outside);
  }

  /** Resolves when it is kept, if it is news, or waits to be written. `final`: one is enough, whatever the thresholds say. */
  async saw(live: Live, seen: CheckResult, final = false): Promise<void> {
    const { clock, keeper, told } = this.#options;
    const { record } = live;
    const { maintenance } = this.#options.seen(live);
    const result = maintenance ? seen : await this.#believed(live, seen, final);
    if (live.record !== record) return;
    const time = clock.wall();
    const undo = live.keep();
    const { status, step } = stepOf(live, result, time, maintenance, final);
    const news: News[] = step === undefined ? [] : [{ kind: 'step', step, time, message: step.to === 'down' ? status.message : null }];
    live.changed ||= !isSame(status, live.status);
    live.status = status;
    live.note = result.ok === null ? result.message : null;
    if (result.ok !== null) {
      live.checked = time;
      live.checkedAt = clock.monotonic();
      live.milliseconds = result.milliseconds;
      if (!maintenance) news.push(...newsOfCertificate(live, result), ...newsOfReminder(live, step !== undefined, time));
    }
    const beat: Beat = {
      time,
      state: maintenance ? 'maintenance' : result.ok === null ? 'unobserved' : status.state,
      ok: result.ok,
      milliseconds: result.milliseconds,
      message: result.ok === true ? null : result.message,
    };
    live.noteBeat(beat, hourOf(time));
    keeper.add(live, beat);
    if (news.length > 0 && !(await keeper.commit(live, news))) undo();
    // Also what time alone has changed: nobody has seen it for a while, a window has opened.
    const picture = this.#picture(live);
    if (picture !== live.told) told(live);
    live.told = picture;
  }

  /** Before another machine is called down there must be a sign that it is not our own network. */
  async #believed(live: Live, result: CheckResult, final: boolean): Promise<CheckResult> {
    const { clock, askOthers } = this.#options;
    const host = remoteHost(live.record);
    if (result.ok !== false) {
      if (host !== undefined && result.ok === true) this.connectivity.note(host, hasAnswered(result));
      if (result.ok === true) live.failingSince = undefined;
      return result;
    }
    live.failingSince ??= clock.monotonic();
    if (host === undefined || final) return result;
    const answered = hasAnswered(result);
    this.connectivity.note(host, answered);
    if (answered || stepOf(live, result, clock.wall(), false).step?.to !== 'down') return result;
    if (await this.connectivity.believes(host, live.failingSince)) return result;
    askOthers(host);
    return { ...result, ok: null, milliseconds: null, message: 'Nothing beyond this machine answers: its own network seems to be down.' };
  }

  /** What of it people see, as one text. */
  #picture(live: Live): string {
    const { status, certificate } = live;
    return `${shownState(this.#options.seen(live))} ${status.failures} ${status.message ?? ''} ${certificate?.days ?? ''}`;
  }
}

function isSame(a: Status, b: Status): boolean {
  if (a === b) return true;
  const { state, since, failures, successes, message } = a;
  return state === b.state && since === b.since && failures === b.failures && successes === b.successes && message === b.message;
}

/** The host that a monitor needs the network for. */
export function remoteHost({ check }: MonitorRecord): string | undefined {
  const host = hostOf(check);
  return host === undefined || isThisMachine(host) || isOwnAddress(host) ? undefined : host;
}

function newsOfCertificate(live: Live, { certificate, milliseconds }: CheckResult): News[] {
  if (certificate === null) {
    // Who has answered without one shows none any more; who is silent may still have it.
    if (milliseconds !== null && live.certificate !== null) {
      live.changed = true;
      live.certificate = null;
      live.certificateTold = [];
    }
    return [];
  }
  const { told, days } = certificateNews(certificate, { fingerprint: live.certificate?.fingerprint ?? null, told: live.certificateTold });
  live.changed ||= live.certificate?.fingerprint !== certificate.fingerprint || live.certificate.days !== certificate.days;
  live.certificate = certificate;
  live.certificateTold = told;
  return days === undefined ? [] : [{ kind: 'certificate', certificate, days }];
}

function newsOfReminder(live: Live, stepped: boolean, time: number): News[] {
  const { remind } = live.record.settings;
  const { status } = live;
  if (stepped) live.reminded = null;
  if (status.state !== 'down' || stepped || remind === 0 || time - (live.reminded ?? status.since) < remind) return [];
  live.reminded = time;
  return [{ kind: 'reminder', since: status.since, message: status.message }];
}
