import type { OutputTarget, WantedOutput } from '../../webviews/output/messages.ts';
import type { ResourcesTarget } from '../../webviews/resources/messages.ts';

export type { OutputTarget, ResourcesTarget, WantedOutput };

/** Targets of panels out of what a page kept; undefined when it is none. */

export function outputTargetIn(value: unknown): OutputTarget | undefined {
  const { repository, environment, service } = fieldsOf(value);
  if (repository === undefined || environment === undefined) return undefined;
  return { repository, environment, ...(service === undefined ? {} : { service }) };
}

export function resourcesTargetIn(value: unknown): ResourcesTarget | undefined {
  const { repository, environment } = fieldsOf(value);
  return repository === undefined || environment === undefined ? undefined : { repository, environment };
}

function fieldsOf(value: unknown): { readonly [N in 'repository' | 'environment' | 'service']?: string } {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, each]) => typeof each === 'string'));
}
