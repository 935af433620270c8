import os from 'node:os';
import type { Labels } from './engine/types.ts';

/** Labels of everything Hearth makes at an engine. They never change: what changes (live, retired) is in the store. */
export const label = {
  managed: 'hearth.managed',
  /** `ownerId` of the store that made it. */
  owner: 'hearth.owner',
  /** The machine of that store, for people. */
  host: 'hearth.host',
  /** The name in `hearth.yaml`. */
  project: 'hearth.project',
  /** Its identity. */
  projectId: 'hearth.project-id',
  environment: 'hearth.environment',
  service: 'hearth.service',
  deployment: 'hearth.deployment',
  commit: 'hearth.commit',
  specHash: 'hearth.spec-hash',
  /** Of the hub that made it. */
  fence: 'hearth.fence',
  replica: 'hearth.replica',
  role: 'hearth.role',
} as const;

/**
 * What a container is there for. `service`: serves. `trial`: a service that publishes a port, tried without it. `hook`: a one-off. `lock`: never
 * started, says who deploys into the environment. `claim`: never started, says who has taken the environment over.
 */
export type Role = 'service' | 'trial' | 'hook' | 'lock' | 'claim';

/** Whose an object is. */
export interface Ownership {
  readonly owner: string;
  readonly projectId: string;
}

export interface EnvironmentPlace extends Ownership {
  /** The name. */
  readonly project: string;
  readonly environment: string;
}

/** Of what belongs to an environment as a whole: network, volumes, the lock. */
export function environmentLabels(place: EnvironmentPlace, fence: number): Labels {
  return {
    [label.managed]: '1',
    [label.owner]: place.owner,
    [label.host]: os.hostname(),
    [label.project]: place.project,
    [label.projectId]: place.projectId,
    [label.environment]: place.environment,
    [label.fence]: String(fence),
  };
}

/** The filter that finds what anybody's Hearth has made under the names of an environment. */
export function anybodys({ project, environment }: { project: string; environment: string }, more: Labels = {}): Labels {
  return { [label.managed]: '1', [label.project]: project, [label.environment]: environment, ...more };
}

export function isOurs(labels: Labels, { owner, projectId }: Ownership): boolean {
  return labels[label.managed] === '1' && labels[label.owner] === owner && labels[label.projectId] === projectId;
}

export function roleOf(labels: Labels): Role | undefined {
  const role = labels[label.role];
  return role === 'service' || role === 'trial' || role === 'hook' || role === 'lock' || role === 'claim' ? role : undefined;
}

/** The filter for images. They carry labels of their own: a container inherits those of its image, whoever starts it. */
export function ourImages({ owner, projectId }: Ownership): Labels {
  return { 'hearth.image.managed': '1', 'hearth.image.owner': owner, 'hearth.image.project-id': projectId };
}
