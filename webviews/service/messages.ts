import type { showService } from '../../server/protocol/catalog.ts';
import type { Incident } from '../../server/protocol/incident.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import type { history, showMonitor, testMonitor } from '../../server/protocol/monitor.ts';
import type { Beat, MonitorRow } from '../../server/protocol/monitorTypes.ts';
import type { LiveContract } from '../ui/messages.ts';

/** What the service panel and the shell say to each other. */

export type { Beat, Incident, MonitorRow };

/** A service, or a monitor that belongs to none. `monitor`, by name or id, is the one that is looked at first. */
export type ServiceTarget =
  | { readonly repository: string; readonly service: string; readonly monitor?: string }
  | { readonly repository: string; readonly monitor: string };

export type Service = ResultOf<typeof showService>;
export type Shown = ResultOf<typeof showMonitor>;
/** How it was, with the length of one row in milliseconds; 0: a row is a look. */
export type Past = ResultOf<typeof history> & {
  readonly span: Span;
  readonly from: number;
  readonly to: number;
  readonly row: number;
};
export type Tested = ResultOf<typeof testMonitor>;

export const spans = ['24h', '7d', '30d', '1y'] as const;
export type Span = (typeof spans)[number];
/** The chart shows it unless another was chosen. */
export const firstSpan: Span = '24h';

export interface Loaded {
  /** Of the service, else of the monitor. */
  readonly name: string;
  /** Absent where the catalog does not have it. */
  readonly service: Service | null;
  /** Worst first; the first ones when there are very many, then `total` is larger. */
  readonly monitors: readonly MonitorRow[];
  readonly total: number;
  /** The chosen monitor, else the worst. */
  readonly shown: Shown | null;
  /** Open ones first, then the newest. */
  readonly incidents: readonly Incident[];
  readonly past?: Past;
}

/** What is done outside the page: with questions, or in another panel. */
export type Run =
  | { readonly what: 'service'; readonly name: string }
  | { readonly what: 'map' }
  | { readonly what: 'incident'; readonly id: string }
  | { readonly what: 'deployment'; readonly id: string }
  | { readonly what: 'commit'; readonly commit: string }
  | { readonly what: 'link'; readonly url: string }
  | { readonly what: 'maintenance'; readonly monitors: readonly string[] }
  | { readonly what: 'report' }
  | { readonly what: 'configuration'; readonly line: number }
  | { readonly what: 'edit' }
  | { readonly what: 'showLog' };

export interface ServiceContract extends LiveContract<ServiceTarget> {
  requests: {
    /** With a span the chart of the shown monitor comes along. */
    load: { params: { readonly monitor?: string; readonly all?: boolean; readonly span?: Span }; result: Loaded };
    /** One row a look for a day, where there are few enough of them; an hour, and for a year a day, else. `interval` in milliseconds. */
    history: { params: { readonly monitor: string; readonly span: Span; readonly interval: number }; result: Past };
    test: { params: { readonly monitor: string }; result: Tested };
    pause: { params: { readonly monitors: readonly string[]; readonly paused: boolean }; result: null };
    run: { params: Run; result: null };
  };
}
