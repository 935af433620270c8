import { type HearthConfig, nothingWatched } from '../config/hearthTypes.ts';
import type { Keys, VariableQuestion } from '../environment/index.ts';
import type { Reader } from '../store/types.ts';
import type { DeploymentRecord } from './records.ts';

type Asked = Pick<DeploymentRecord, 'project' | 'config' | 'overrides' | 'commit'>;

/** Asks for the variables of a service as it is (to be) deployed. */
export function variableQuestion(reader: Reader, keys: Keys, { project, config, overrides, commit }: Asked): VariableQuestion {
  const { service, environment, retention } = config;
  // What was deployed is all there is: `hearth.yaml` may have moved on.
  const whole: HearthConfig = {
    version: 1,
    project: config.project,
    services: { [service.name]: service },
    environments: {},
    retention,
    ...nothingWatched,
  };
  return { reader, keys, project, config: whole, environment, service, overrides, commit };
}
