import { clockOf, moment } from '../ui/times.ts';
import type { Deployment, DeploymentDetail, Plan, PlanStep, Probe } from './messages.ts';

type State = Deployment['state'];

const states: Readonly<Record<State, { readonly name: string; readonly icon: string }>> = {
  running: { name: 'On its way', icon: 'sync' },
  live: { name: 'Live', icon: 'pass-filled' },
  retired: { name: 'Was live', icon: 'history' },
  removed: { name: 'Removed', icon: 'trash' },
  failed: { name: 'Failed', icon: 'error' },
  'rolled-back': { name: 'Rolled back', icon: 'discard' },
  canceled: { name: 'Canceled', icon: 'circle-slash' },
  superseded: { name: 'Superseded', icon: 'arrow-up' },
};

/** How a deployment stands: an icon and a word for those who do not see its colour. */
export function stateWords(state: State): { readonly name: string; readonly icon: string } {
  return states[state];
}

/** `412 ms`, `3.2 s`, `1 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

export function shortId(commit: string): string {
  return commit.slice(0, 7);
}

export function actionWords({ action, live }: PlanStep): { readonly name: string; readonly icon: string } {
  if (action === 'unchanged') return { name: 'Unchanged', icon: 'check' };
  if (action === 'restart') return { name: 'Restart', icon: 'debug-restart' };
  return live === null ? { name: 'Deploy', icon: 'add' } : { name: 'Replace', icon: 'arrow-swap' };
}

/** What stands now where this goes. */
export function liveWords({ live }: PlanStep): string {
  if (live === null) return 'Nothing of it is live yet.';
  const since = `${shortId(live.commit)}, live since ${moment(live.since)}`;
  switch (live.relation) {
    case 'same':
      return `The same commit is live: ${since}.`;
    case 'older':
      return `Takes the place of a newer commit: ${since}.`;
    case 'newer':
      return `Takes the place of an older commit: ${since}.`;
    case 'diverged':
      return `Takes the place of a commit of another line: ${since}.`;
    case 'unknown':
      return `Takes the place of a commit that is not known here: ${since}.`;
  }
}

/** What stands under the heading of a plan. */
export function planSummary({ steps, blockers, confirmations }: Plan): string {
  if (blockers.length > 0) return blockers.length === 1 ? 'One thing is in the way.' : `${blockers.length} things are in the way.`;
  const todo = steps.filter(({ action }) => action !== 'unchanged').length;
  if (todo === 0) return 'Everything of it is live already.';
  const what = todo === 1 ? 'One service is deployed.' : `${todo} services are deployed, one after the other.`;
  return confirmations.length === 0 ? what : `${what} It asks before it starts.`;
}

/** One look at the new version, as a sentence. What an answer of HTTP says begins with its status. */
export function probeWords({ ok, status, milliseconds, message, time }: Probe): string {
  const code = status === undefined ? '' : `${status} `;
  const said = `${message} `.startsWith(code) ? message.slice(code.length) : message;
  return `${ok ? 'Healthy' : 'Not healthy'}: ${code}in ${duration(milliseconds)}, ${clockOf(time)}${said === '' ? '' : ` · ${said}`}`;
}

export function probesSummary(probes: readonly Probe[]): string {
  const healthy = probes.filter(({ ok }) => ok).length;
  if (probes.length === 0) return 'No probe yet';
  return `${probes.length} ${probes.length === 1 ? 'probe' : 'probes'}, ${healthy} healthy`;
}

type MigrationState = NonNullable<DeploymentDetail['migration']>['state'];

const migrations: Readonly<Record<MigrationState, { readonly name: string; readonly icon: string; readonly tone: string }>> = {
  done: { name: 'Done', icon: 'pass-filled', tone: 'ok' },
  skipped: { name: 'Not needed: it ran before', icon: 'dash', tone: '' },
  failed: { name: 'Failed', icon: 'error', tone: 'failed' },
  'taken-back': { name: 'Taken back', icon: 'discard', tone: 'failed' },
  unknown: { name: 'Nobody can say whether it ran to its end', icon: 'question', tone: 'failed' },
};

export function migrationWords(state: MigrationState): { readonly name: string; readonly icon: string; readonly tone: string } {
  return migrations[state];
}

/** How the update of a service of a stack stands, as the Swarm calls it; nothing of one that is complete. */
export function updateWords(update: string | null): string {
  if (update === null || update === 'completed') return '';
  return update.replaceAll('_', ' ');
}
