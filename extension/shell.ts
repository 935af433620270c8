import type { ExtensionContext, LogOutputChannel } from 'vscode';
import type { DeployFeature } from './deploy/deploy.ts';
import type { LivePlaces } from './deploy/wherePlaces.ts';
import type { InlineDiff } from './git/inlineDiff.ts';
import type { RepositoryTracker } from './git/repositoryTracker.ts';
import type { RevisionFiles } from './git/revisionFiles.ts';
import type { MonitorFeature } from './monitor/monitor.ts';
import type { ServerConnection } from './server.ts';
import type { Confirm } from './ui/confirm.ts';
import type { TreeBase } from './ui/treeBase.ts';
import type { WorkFeature } from './work/work.ts';

/** What every controller, view and panel of the shell is given. */
export interface Shell {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly server: ServerConnection;
  readonly repositories: RepositoryTracker;
  /** Old revisions as files (scheme `hearth-git`). */
  readonly revisions: RevisionFiles;
  /** Where commits run, for badges. */
  readonly places: LivePlaces;
  /** Asks before something is lost. */
  readonly confirm: Confirm;
  /** Our tree views by id. */
  readonly trees: Map<string, TreeBase>;
  /** Set when the git features are made. */
  inlineDiff?: InlineDiff;
  /** Set when the deploy features are made. */
  deploy?: DeployFeature;
  /** Set when the monitor features are made. */
  monitor?: MonitorFeature;
  /** Set when the work features are made. */
  work?: WorkFeature;
}

/** Commands by id; each controller contributes its own. Arguments come from menus, links and other commands: check them. */
export type CommandTable = Readonly<Record<string, (...args: never[]) => unknown>>;

/** A part of the shell with commands of its own. */
export interface Feature {
  readonly commands: CommandTable;
  dispose(): void;
}
