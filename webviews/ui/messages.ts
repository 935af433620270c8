/** What a panel and the shell say to each other, whatever the panel is about. Types only: both sides import it. */

/** The messages of one panel: requests it makes and events it hears. What is long is asked for in pieces, as fast as the page takes them. */
export interface PanelContract {
  requests: Record<string, { params: unknown; result: unknown }>;
  events: Record<string, unknown>;
}

export type RequestName<C extends PanelContract> = Extract<keyof C['requests'], string>;
export type EventName<C extends PanelContract> = Extract<keyof C['events'], string>;
export type Params<C extends PanelContract, M extends RequestName<C>> = C['requests'][M]['params'];
export type Result<C extends PanelContract, M extends RequestName<C>> = C['requests'][M]['result'];

/** Why a request of a panel failed. `reason` is the server's, or `disconnected` while it restarts. */
export interface PanelFailure {
  readonly reason: string;
  readonly message: string;
  readonly hint?: string;
  /** What git or a hook printed, where it helps. */
  readonly detail?: string;
}

/** An environment where a commit runs. `words` say the whole, for a tooltip and screen readers; `tone` is a state of health. */
export interface BadgeView {
  readonly symbol: string;
  readonly name: string;
  readonly words: string;
  readonly tone: string;
}

/** Panel → shell. `ready` comes first, once per load of the page; nothing is sent to a page before it. */
export type FromPanel =
  | { readonly kind: 'ready' }
  | { readonly kind: 'request'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

/** Shell → panel, as JSON text: VS Code walks the values of an object several times on the way, a text it only copies. */
export type ToPanel =
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: PanelFailure }
  | { readonly kind: 'event'; readonly name: string; readonly value: unknown };

/** A panel about something that changes by itself: what it is told, beside what it asks. */
export interface LiveContract<Target> extends PanelContract {
  events: {
    opened: Opening<Target>;
    /** Ask again. */
    changed: null;
    /** The server answers again after a crash: what was asked is lost. */
    restarted: null;
  };
}

/** What a panel is told first, and again when trust or its target changes. */
export interface Opening<Target> {
  readonly target: Target;
  /** The repository folder's name. */
  readonly name: string;
  readonly trusted: boolean;
  /** Another one each time the user asks for something in the open panel; null before. A page that was hidden then learns it when it loads. */
  readonly asked: string | null;
}
