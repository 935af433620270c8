import * as authority from './authority.ts';
import * as catalog from './catalog.ts';
import * as compose from './compose.ts';
import * as config from './config.ts';
import * as deploy from './deploy.ts';
import * as environment from './environment.ts';
import * as events from './events.ts';
import * as git from './git.ts';
import * as gitActions from './gitActions.ts';
import * as hub from './hub.ts';
import * as incident from './incident.ts';
import type { NotificationDefinition, RequestDefinition } from './message.ts';
import * as monitor from './monitor.ts';
import * as notify from './notify.ts';
import * as operation from './operation.ts';
import * as project from './project.ts';
import * as runtime from './runtime.ts';
import * as session from './session.ts';
import * as store from './store.ts';
import * as trust from './trust.ts';
import * as variables from './variables.ts';
import * as where from './where.ts';
import * as work from './work.ts';
import * as workFlow from './workFlow.ts';

export {
  authority,
  catalog,
  compose,
  config,
  deploy,
  environment,
  events,
  git,
  gitActions,
  hub,
  incident,
  monitor,
  notify,
  operation,
  project,
  runtime,
  session,
  store,
  trust,
  variables,
  where,
  work,
  workFlow,
};

type Definition = RequestDefinition | NotificationDefinition;

function definitionsOf(domain: Record<string, unknown>): Definition[] {
  return Object.values(domain).filter(
    (value): value is Definition =>
      typeof value === 'object' && value !== null && 'kind' in value && 'method' in value && 'purpose' in value,
  );
}

/** The whole contract, in the order of the domains. */
export const contract: readonly Definition[] = [
  session,
  git,
  gitActions,
  hub,
  project,
  runtime,
  work,
  workFlow,
  environment,
  config,
  variables,
  deploy,
  where,
  authority,
  catalog,
  compose,
  monitor,
  incident,
  notify,
  operation,
  trust,
  events,
  store,
].flatMap((domain) => definitionsOf(domain));
