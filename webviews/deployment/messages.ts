import type { Deployment, DeploymentDetail, LogLine, Phase, Plan, PlanStep, Probe, Remark } from '../../server/protocol/deployTypes.ts';

/** What the deployment panel and the shell say to each other. */

export type { Deployment, DeploymentDetail, LogLine, Phase, Plan, PlanStep, Probe, Remark };

/** What a panel is about: a plan that was not started yet, all deployments of a run, or the run of one of them. */
export type PanelTarget =
  | { readonly repository: string; readonly plan: WantedPlan }
  | { readonly repository: string; readonly run: string; readonly service?: string }
  | { readonly repository: string; readonly deployment: string };

export interface WantedPlan {
  readonly environment: string;
  /** All of them unless told. */
  readonly services?: readonly string[];
  readonly rev: string;
}

/** What a panel is told first, and again when trust or its target changes. */
export interface Opening {
  readonly target: PanelTarget;
  /** The repository folder's name. */
  readonly name: string;
  readonly trusted: boolean;
  /** Another one each time the user asks for something in the open panel; null before. A page that was hidden then learns it when it loads. */
  readonly asked: string | null;
}

/** The deployments of a run in the order in which they are deployed; of a panel about one of them, which. */
export interface Loaded {
  readonly run: string;
  readonly deployments: readonly Deployment[];
  readonly chosen?: string;
}

/** What is done outside the page: with questions, or in another panel. */
export type Run =
  | { readonly what: 'rollBack'; readonly environment: string; readonly service: string; readonly to?: string }
  | { readonly what: 'deployAgain'; readonly plan: WantedPlan }
  | { readonly what: 'takeOver'; readonly environment: string }
  | { readonly what: 'showCommit'; readonly commit: string }
  | { readonly what: 'openUrl'; readonly url: string }
  | { readonly what: 'openLog'; readonly id: string }
  | { readonly what: 'output' | 'shell'; readonly environment: string; readonly service: string }
  | { readonly what: 'showLog' }
  | { readonly what: 'close' };

export interface DeploymentContract {
  requests: {
    plan: { params: WantedPlan; result: Plan };
    /** Asks when the plan has confirmations; null when the user turned away. The panel is about the run from then on. */
    start: { params: WantedPlan & { plan: Plan }; result: { run: string } | null };
    load: { params: Record<string, never>; result: Loaded };
    show: { params: { id: string }; result: DeploymentDetail };
    /**
     * The last lines come as `lines` under the same number, then those that are said, until it has ended. `kept` is false when the log was
     * deleted with its release.
     */
    follow: { params: { ask: number; id: string; tail: number }; result: { ended: boolean; kept: boolean } };
    cancel: { params: { ids: readonly string[] }; result: readonly Deployment[] };
    run: { params: Run; result: null };
  };
  events: {
    opened: Opening;
    /** Something happened to these deployments of the project (or to others): ask again. */
    changed: null;
    /** The server answers again after a crash: what was asked is lost. */
    restarted: null;
    lines: { ask: number; lines: readonly LogLine[] };
  };
}
