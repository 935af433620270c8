import { setTimeout as wait } from 'node:timers/promises';
import { protocolVersion } from '../protocol/session.ts';
import { asFailure, Failure, throwIfCancelled } from '../rpc/failure.ts';
import { version } from '../version.ts';
import { type HubFile, readHubFile } from './hubFile.ts';
import { type Client, dial, type Line } from './line.ts';
import { elsewhere, type Owner, readOwner, standingOf } from './owner.ts';
import { prepareHome, refuseForeign } from './prepareHome.ts';
import { failureOf, type StartedHub, startHub } from './start.ts';
import { isNewer } from './versionOrder.ts';

interface ConnectOptions {
  readonly home: string;
  readonly client: Client;
  trusted(): boolean;
  readonly signal: AbortSignal;
  /** `server.js`, when it does not lie beside this bundle. */
  readonly program?: string | undefined;
  /** A hub that ended for a newer version is followed by that one: until this moment of `performance.now()` none is started. */
  readonly notBefore: number;
  progress(message: string): void;
  /** Only to a newer hub: this program is too old for it. */
  outdated(): void;
}

/** An owner that says nothing for this long makes us start a hub, which challenges it. */
const suspicion = 500;
/** Then it is dialled anew: it may be another one. */
const dialPatience = 2000;
const giveUpAfter = 60_000;
const crashesAccepted = 3;

/**
 * A line to the hub of the home. Starts one when none runs, replaces one of an older version, waits for one that is starting or that
 * challenges a silent owner. Rejects with one sentence when it cannot be: another machine's home, files open to others, a start that fails.
 */
export async function connectHub(options: ConnectOptions): Promise<Line> {
  const { home, signal } = options;
  refuseForeign(home);
  const giveUp = performance.now() + giveUpAfter;
  const starter = new Starter(options);
  let unanswered: { fence: number; since: number } | undefined;
  try {
    for (;;) {
      throwIfCancelled(signal);
      starter.check();
      const owner = readOwner(home);
      const standing = standingOf(owner);
      if (owner !== undefined && standing === 'elsewhere') throw elsewhere(home, owner);
      if (owner !== undefined && standing === 'held') {
        if (unanswered?.fence !== owner.fence) unanswered = { fence: owner.fence, since: performance.now() };
        const suspect = setTimeout(() => starter.challenge(owner), Math.max(0, unanswered.since + suspicion - performance.now()));
        const line = await dialOwner(owner, options).finally(() => clearTimeout(suspect));
        if (line !== undefined) {
          if (!isOutdated(line)) return line;
          options.progress('Replacing a hub of an older version…');
          await replace(line, signal);
        } else if (performance.now() - unanswered.since >= suspicion) starter.challenge(owner);
      } else if (performance.now() >= options.notBefore) starter.start();
      if (performance.now() > giveUp) {
        throw new Failure('timeout', 'The hub does not answer.', { hint: `${home}/log/hub.log says what it does.` });
      }
      await wait(25, undefined, { signal }).catch(() => {});
    }
  } finally {
    starter.forget();
  }
}

async function dialOwner(owner: Owner, { home, client, trusted, signal, outdated }: ConnectOptions): Promise<Line | undefined> {
  const file = hubFileOf(home, owner);
  if (file === undefined) return undefined;
  const dialled = await dial(file, { client, trusted: trusted(), patience: dialPatience, signal });
  if (dialled.kind === 'outdated') {
    outdated();
    throw dialled.failure;
  }
  return dialled.kind === 'line' ? dialled.line : undefined;
}

/** `hub.json` when the owner on file has written it; another one's is not believed. */
export function hubFileOf(home: string, { fence, pid, startTime }: Owner): HubFile | undefined {
  const file = readHubFile(home);
  return file !== undefined && file.fence === fence && file.pid === pid && file.startTime === startTime ? file : undefined;
}

function isOutdated({ hub }: Line): boolean {
  return hub.protocol < protocolVersion || isNewer(version, hub.version);
}

async function replace(line: Line, signal: AbortSignal): Promise<void> {
  const end = () => line.end();
  signal.addEventListener('abort', end, { once: true });
  await line.drain('upgrade');
  await line.closed;
  signal.removeEventListener('abort', end);
}

/** Starts hubs, one at a time. */
class Starter {
  readonly #options: ConnectOptions;
  #started: StartedHub | undefined;
  /** It has not said yet how it went. */
  #waiting = false;
  #failure: Failure | undefined;
  #crashes = 0;

  constructor(options: ConnectOptions) {
    this.#options = options;
  }

  start(challenged?: Owner): void {
    if (this.#waiting) return;
    const { home, program, progress } = this.#options;
    progress('Starting the hub…');
    prepareHome(home);
    const started = startHub(home, program, challenged?.fence);
    this.#started = started;
    this.#waiting = true;
    void started.report.then((report) => {
      if (this.#started === started) this.#waiting = false;
      if (report.state === 'failed') this.#failure = failureOf(report);
      if (report.state === 'crashed' && ++this.#crashes >= crashesAccepted) {
        this.#failure = new Failure('io', 'The hub cannot be started.', { hint: `${home}/log/hub.err says why.` });
      }
    });
  }

  /** Starts one against an owner that says nothing; one that we have just started is given its time. A failure to start is told by `check`. */
  challenge(owner: Owner): void {
    if (this.#started?.pid === owner.pid) return;
    try {
      this.start(owner);
    } catch (error) {
      this.#failure = asFailure(error);
    }
  }

  /** Throws why the hub could not start. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  forget(): void {
    this.#started?.forget();
    this.#started = undefined;
  }
}
