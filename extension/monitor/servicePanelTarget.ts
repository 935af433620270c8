import type { IncidentTarget } from '../../webviews/incident/messages.ts';
import type { MapTarget } from '../../webviews/map/messages.ts';
import type { ServiceTarget } from '../../webviews/service/messages.ts';

export type { IncidentTarget, MapTarget, ServiceTarget };

/** Targets of panels out of what a page kept, or a command was given; undefined when it is none. */

export function serviceTargetIn(value: unknown): ServiceTarget | undefined {
  const { repository, service, monitor } = fieldsOf(value);
  if (repository === undefined) return undefined;
  if (service !== undefined) return { repository, service, ...(monitor === undefined ? {} : { monitor }) };
  return monitor === undefined ? undefined : { repository, monitor };
}

export function incidentTargetIn(value: unknown): IncidentTarget | undefined {
  const { repository, incident } = fieldsOf(value);
  return repository === undefined || incident === undefined ? undefined : { repository, incident };
}

export function mapTargetIn(value: unknown): MapTarget | undefined {
  const { repository, service } = fieldsOf(value);
  if (repository === undefined) return undefined;
  return { repository, ...(service === undefined ? {} : { service }) };
}

type Name = 'repository' | 'service' | 'monitor' | 'incident';

function fieldsOf(value: unknown): { readonly [N in Name]?: string } {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, each]) => typeof each === 'string'));
}
