import * as z from 'zod/mini';
import { repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';

/** Messages about compose files of a repository: what they say, where it stands, and what cannot be told from them. Files are only read. */

/** Where something stands: a file of the repository, a line of it from 1. */
const place = z.object({ file: z.string(), line: z.int() });

export const composeProblem = z.extend(place, {
  severity: z.enum(['error', 'warning']),
  /** For programs: `yaml`, `cycle`, `missing-file`, `outside`, `unknown-key`, `variable`, `aliases`, `too-large`, `value`, … */
  code: z.string(),
  message: z.string(),
});
export type ComposeProblem = z.output<typeof composeProblem>;

/** Something one service needs: `depends_on`, `links`, `network_mode: service:`, `volumes_from`, an address in a variable. */
export const composeEdge = z.extend(place, {
  from: z.string(),
  to: z.string(),
  kind: z.enum(['depends_on', 'link', 'network', 'volumes', 'variable', 'extends']),
  condition: z.optional(z.string()),
});
export type ComposeEdge = z.output<typeof composeEdge>;

export const read = request({
  method: 'compose/read',
  purpose:
    'What a compose file comes to with extends, include, profiles, anchors, overrides and variables: services, who needs whom and where that stands.',
  params: z.strictObject({
    repository: repositoryPath,
    /** `compose.yaml`, `compose.yml`, `docker-compose.yaml` or `docker-compose.yml` with its override file unless told. */
    files: z.optional(z.array(z.string()).check(z.minLength(1), z.maxLength(20))),
    profiles: z._default(z.array(z.string()), []),
  }),
  result: z.object({
    /** All that were read. */
    files: z.array(z.string()),
    services: z.array(
      z.extend(place, {
        name: z.string(),
        image: z.nullable(z.string()),
        /** Folder of the repository. */
        build: z.nullable(z.string()),
        ports: z.array(z.string()),
        profiles: z.array(z.string()),
        /** Not started without one of its profiles. */
        active: z.boolean(),
        /** Names of variables that nothing gives a value. */
        unresolved: z.array(z.string()),
        /** What gives it power over the machine: `privileged`, `/var/run/docker.sock`, `/:/host`, … */
        dangerous: z.array(z.string()),
      }),
    ),
    edges: z.array(composeEdge),
    volumes: z.array(z.string()),
    networks: z.array(z.string()),
    problems: z.array(composeProblem),
  }),
});
