import type { Incident, showIncident, suspects, TimelineEntry } from '../../server/protocol/incident.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import type { LiveContract } from '../ui/messages.ts';

/** What the incident panel and the shell say to each other. */

export type { Incident, TimelineEntry };

/** `incident` is an id, a prefix of one, or `I-7`. */
export interface IncidentTarget {
  readonly repository: string;
  readonly incident: string;
}

export type Loaded = ResultOf<typeof showIncident>;
export type Suspects = ResultOf<typeof suspects>;
export type Suspect = Suspects['commits'][number];

export const states = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export const severities = ['critical', 'major', 'minor'] as const;

/** What is known now. */
export interface Update {
  readonly state?: (typeof states)[number];
  readonly severity?: (typeof severities)[number];
  readonly note?: string;
  readonly acknowledge?: boolean;
}

/** What is done outside the page: with questions, or in another panel. */
export type Run =
  | { readonly what: 'rename' }
  | { readonly what: 'linkItem' }
  | { readonly what: 'merge' }
  | { readonly what: 'incident'; readonly id: string }
  | { readonly what: 'item'; readonly id: number }
  | { readonly what: 'service'; readonly name: string }
  | { readonly what: 'monitor'; readonly id: string }
  | { readonly what: 'deployment'; readonly id: string }
  | { readonly what: 'commit'; readonly commit: string }
  | { readonly what: 'compare'; readonly from: string; readonly to: string }
  | { readonly what: 'rollBack'; readonly environment: string; readonly service: string }
  | { readonly what: 'link'; readonly url: string }
  | { readonly what: 'previewPostmortem' }
  | { readonly what: 'writePostmortem' }
  | { readonly what: 'openPostmortem'; readonly path: string }
  | { readonly what: 'showLog' };

export interface IncidentContract extends LiveContract<IncidentTarget> {
  requests: {
    load: { params: Record<string, never>; result: Loaded };
    suspects: { params: { readonly limit: number }; result: Suspects };
    update: { params: Update; result: Incident };
    run: { params: Run; result: null };
  };
}
