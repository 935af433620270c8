import type { SubjectKind } from '../../config/assertion.ts';
import type { Certificate, MonitorSettings } from '../../protocol/monitorTypes.ts';
import type { CheckHost } from '../types.ts';
import { OwnFault } from './faults.ts';
import { Phases } from './phases.ts';

/** What assertions are held against. */
export interface Facts {
  readonly status?: number;
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes; `more`: there are more, but they were not read. */
  readonly size?: { readonly bytes: number; readonly more: boolean };
  readonly text?: string;
  /** The text is only the beginning: more was not read. */
  readonly cut?: boolean;
  readonly answers?: readonly string[];
  readonly value?: string | number;
  readonly exit?: number;
}

/** What a check found. `message` says why it is not well; what the assertions say comes on top. */
export interface Found {
  readonly ok: boolean | null;
  readonly message?: string;
  readonly found: string;
  readonly facts?: Facts;
  /** Without facts: the other side did something all the same. */
  readonly reached?: boolean;
}

/** One look on its way. */
export class Look {
  readonly settings: MonitorSettings;
  /** Fires at the deadline, and when nobody waits any more. */
  readonly signal: AbortSignal;
  readonly host: CheckHost;
  /** Subjects that assertions name: they are judged by them, not by what is usual. */
  readonly asserted: ReadonlySet<SubjectKind>;
  readonly phases = new Phases();
  /** Of every server that showed one. */
  readonly certificates: Certificate[] = [];
  /** Values that were used: nothing that is said may hold them. */
  readonly secrets: string[] = [];

  constructor(settings: MonitorSettings, signal: AbortSignal, host: CheckHost, asserted: ReadonlySet<SubjectKind>) {
    this.settings = settings;
    this.signal = signal;
    this.host = host;
    this.asserted = asserted;
  }

  /** Value of a secret. Throws what ends the look without a verdict when it is not set. */
  secret(name: string): string {
    const value = this.host.secret(name);
    if (value === undefined) throw new OwnFault(`the secret ${name} is not set`);
    this.secrets.push(value);
    return value;
  }

  /** The promise, or a rejection as soon as the signal fires; what comes of the promise then is dropped. */
  async orAborted<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    signal.throwIfAborted();
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      signal.removeEventListener('abort', stop);
      promise.catch(() => {});
    }
  }
}
