import type { PanelTarget, WantedPlan } from '../../webviews/deployment/messages.ts';

export type { PanelTarget };

/** A target out of what a page kept, or a command was given; undefined when it is none. */
export function targetIn(value: unknown): PanelTarget | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { repository, plan, run, service, deployment } = value as Record<string, unknown>;
  if (typeof repository !== 'string') return undefined;
  if (typeof run === 'string') return { repository, run, ...(typeof service === 'string' ? { service } : {}) };
  if (typeof deployment === 'string') return { repository, deployment };
  const wanted = planIn(plan);
  return wanted === undefined ? undefined : { repository, plan: wanted };
}

function planIn(value: unknown): WantedPlan | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { environment, services, rev } = value as Record<string, unknown>;
  if (typeof environment !== 'string' || typeof rev !== 'string') return undefined;
  const named = Array.isArray(services) && services.every((each) => typeof each === 'string') ? services : undefined;
  return { environment, rev, ...(named === undefined || named.length === 0 ? {} : { services: named }) };
}
