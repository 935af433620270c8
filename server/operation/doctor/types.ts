import type * as z from 'zod/mini';
import type { hubStatus } from '../../hub/inspect.ts';
import type { finding } from '../../protocol/operation.ts';
import type { Context } from '../../rpc/router.ts';
import type { Services } from '../../services.ts';

export type Finding = z.output<typeof finding>;

/** What one look found; what it throws is an error with the sentence and the hint of the failure. */
export interface Found {
  readonly state: Finding['state'];
  /** One sentence, or facts with commas. */
  readonly detail: string;
  /** What to do. */
  readonly hint?: string | undefined;
}

export interface Examination {
  readonly id: string;
  readonly title: string;
  look(signal: AbortSignal): Promise<Found> | Found;
}

export interface Timed {
  readonly name: string;
  readonly milliseconds: number;
  readonly note?: string | undefined;
}

/** What the looks share. The hub is asked once whether it is there; none is ever started. */
export interface Patient {
  readonly home: string;
  readonly services: Services;
  readonly context: Context<never>;
  readonly repository: string | undefined;
  readonly hub: Awaited<ReturnType<typeof hubStatus>> | undefined;
}

/** Whether the hub may be asked without being replaced: an older one would be. */
export function answers({ hub }: Patient, version: string): boolean {
  return hub?.state === 'running' && hub.hub?.version === version;
}
