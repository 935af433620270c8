import { createHash } from 'node:crypto';

interface Place {
  readonly project: string;
  readonly environment: string;
  readonly service: string;
}

/** Longest name of a service of a Swarm: its tasks are found by it in DNS. */
export const longestName = 63;
const longestStack = 40;

/** What `docker stack ls` shows. Long names lose what is not needed. */
export function stackName({ project, environment, service }: Place): string {
  const name = `hearth-${project}-${environment}-${service}`;
  if (name.length <= longestStack) return name;
  const hash = createHash('sha256').update(`${project}\0${environment}\0${service}`).digest('hex').slice(0, 10);
  return `hearth-${service.slice(0, 20).replace(/-+$/, '')}-${hash}`;
}

export const stackNameOf = ({ projectName, environment, service }: { projectName: string; environment: string; service: string }): string =>
  stackName({ project: projectName, environment, service });

/** Of a service, network, volume, config or secret of a stack. */
export const scoped = (stack: string, name: string): string => `${stack}_${name}`;

/** Longest name of a config or secret of a Swarm. */
const longestFile = 64;
/** `-` and ten digits, by which contents differ. */
const hashLength = 11;

/** As much of the key of a config or secret as its name has room for. */
export const fittingKey = (stack: string, key: string): string => key.slice(0, longestFile - hashLength - scoped(stack, '').length);

/** What marks the objects of a stack for `docker stack`. */
export const namespaceLabel = 'com.docker.stack.namespace';
export const imageLabel = 'com.docker.stack.image';
/** A keyed hash of all that a service is made with, values of secrets too. */
export const specLabel = 'hearth.stack.spec';
