/** What commands of deployments are given: by a row of the view (which has a `target`), or by name from a menu, a link or another command. */

export interface EnvironmentTarget {
  readonly repository: string;
  readonly environment: string;
}

export interface ServiceTarget extends EnvironmentTarget {
  readonly service: string;
}

export interface DeploymentTarget {
  readonly repository: string;
  readonly deployment: string;
}

type Given = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** The object behind an argument: the target of a row, or the argument itself. */
export function given(argument: unknown): Given {
  if (typeof argument !== 'object' || argument === null) return {};
  const inner = 'target' in argument ? argument.target : argument;
  return typeof inner === 'object' && inner !== null ? (inner as Given) : {};
}

export function environmentOf(argument: unknown): EnvironmentTarget | undefined {
  const { repository, environment } = given(argument);
  const [root, name] = [text(repository), text(environment)];
  return root === undefined || name === undefined ? undefined : { repository: root, environment: name };
}

export function serviceOf(argument: unknown): ServiceTarget | undefined {
  const at = environmentOf(argument);
  const service = text(given(argument)['service']);
  return at === undefined || service === undefined ? undefined : { ...at, service };
}

export function deploymentOf(argument: unknown): DeploymentTarget | undefined {
  const { repository, deployment } = given(argument);
  const [root, id] = [text(repository), text(deployment)];
  return root === undefined || id === undefined ? undefined : { repository: root, deployment: id };
}

/** A list of names, when the argument has one. */
export function namesOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const names = value.flatMap((each) => text(each) ?? []);
  return names.length === 0 ? undefined : names;
}
