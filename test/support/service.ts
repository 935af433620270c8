import type { Build, Service } from '../../server/config/hearthTypes.ts';

/** A service that is built, as `hearth.yaml` gives it. */
export function service(build: Partial<Build> = {}): Service {
  return {
    name: 'web',
    kind: 'container',
    source: {
      kind: 'build',
      build: { context: '.', dockerfile: 'Dockerfile', args: {}, secrets: [], contexts: {}, paths: [], ...build },
    },
    variables: {},
    secrets: [],
    volumes: [],
    replicas: 1,
    resources: {},
    health: { probe: { kind: 'container' }, interval: 1000, timeout: 5000, healthyFor: 0, deadline: 60_000 },
    drain: 0,
    stopTimeout: 1000,
    dependsOn: [],
    hooks: {},
  };
}
