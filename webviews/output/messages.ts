import type { OutputLine } from '../../server/protocol/runtime.ts';
import type { LiveContract, Opening } from '../ui/messages.ts';

/** What the panel of container output and the shell say to each other. */

export type { OutputLine };

/** Everything that says something in an environment; `service` is the only one that is shown at first. */
export interface OutputTarget {
  readonly repository: string;
  readonly environment: string;
  readonly service?: string;
}

/** What is asked for: of which services, since when, what matches. */
export interface WantedOutput {
  /** All of them unless told. */
  readonly services?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly since?: number;
  /** Of each container; 0 for all. */
  readonly tail: number;
  /** Only lines that hold it; or match it, with `regex`. */
  readonly search?: string;
  readonly regex: boolean;
  readonly stream?: OutputLine['stream'];
}

/** A service that has containers. */
export interface Speaker {
  readonly service: string;
  readonly stopped: boolean;
}

/** What is done outside the page. */
export type Run =
  | { readonly what: 'save'; readonly wanted: WantedOutput }
  | { readonly what: 'shell'; readonly service: string }
  | { readonly what: 'resources' }
  | { readonly what: 'showLog' };

export interface OutputContract extends LiveContract<OutputTarget> {
  requests: {
    speakers: { params: Record<string, never>; result: readonly Speaker[] };
    /** Lines come as `lines` under the same number, until nothing more can come: then they are asked for again. */
    follow: { params: { ask: number; wanted: WantedOutput }; result: { containers: readonly string[] } };
    run: { params: Run; result: null };
  };
  events: {
    opened: Opening<OutputTarget>;
    changed: null;
    restarted: null;
    /** `dropped`: so many were left out so far, because they came faster than they were read. */
    lines: { ask: number; lines: readonly OutputLine[]; dropped: number };
  };
}
