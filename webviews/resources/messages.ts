import type { ResultOf } from '../../server/protocol/message.ts';
import type { builds, disk, ResourceRow } from '../../server/protocol/runtime.ts';
import type { LiveContract, Opening } from '../ui/messages.ts';

/** What the panel of resources and the shell say to each other. */

export type { ResourceRow };
export type Disk = ResultOf<typeof disk>;
export type Build = ResultOf<typeof builds>['builds'][number];

export interface ResourcesTarget {
  readonly repository: string;
  readonly environment: string;
}

/** What is done outside the page: with questions, or in another panel. */
export type Run =
  | { readonly what: 'output'; readonly service: string }
  | { readonly what: 'shell'; readonly service: string; readonly replica: number }
  | { readonly what: 'restart' | 'stop' | 'start'; readonly service: string }
  | { readonly what: 'deployment'; readonly id: string }
  | { readonly what: 'showLog' };

/** Services that somebody has stopped: nothing of them uses anything. */
export interface Stopped {
  readonly service: string;
  readonly since: number;
}

export interface ResourcesContract extends LiveContract<ResourcesTarget> {
  requests: {
    /** Rows come as `rows` every two seconds, for as long as it is asked. */
    follow: { params: Record<string, never>; result: null };
    stopped: { params: Record<string, never>; result: readonly Stopped[] };
    disk: { params: Record<string, never>; result: Disk };
    builds: { params: Record<string, never>; result: readonly Build[] };
    run: { params: Run; result: null };
  };
  events: {
    opened: Opening<ResourcesTarget>;
    changed: null;
    restarted: null;
    rows: { time: number; rows: readonly ResourceRow[] };
  };
}
