import * as z from 'zod/mini';

import { catalogService } from './catalogSchema.ts';
import { incidents, maintenance, monitor } from './monitorSchema.ts';
import { notification } from './notificationSchema.ts';
import { about, label, optional, size, sizeText, variables } from './schemaParts.ts';
import { service } from './serviceSchema.ts';

/**
 * What `hearth.yaml` may hold, as written: the one definition behind diagnostics, completion, hover and the JSON schema. Cross-checks are in
 * `hearthRules.ts`, defaults in `hearthBuild.ts`.
 */

const routing = z.union([
  z.enum(['none', 'caddy', 'traefik']),
  z.strictObject({
    kind: about(
      z.enum(['none', 'caddy', 'traefik']),
      '`none`: containers are reached in their network or by `publish`. `caddy`: routes through the admin endpoint of a Caddy. `traefik`: files in a folder that Traefik watches.',
    ),
    network: optional(
      z.string().check(z.regex(/^[A-Za-z0-9][\w.-]{0,127}$/, 'must be the name of a Docker network')),
      'Network of the router’s container; our containers join it. Left out: it runs on the engine’s machine itself.',
    ),
    admin: optional(
      z.string().check(z.regex(/^http:\/\/[\w.-]+(:\d{1,5})?\/?$/, 'must be an address such as `http://127.0.0.1:2019`')),
      'Caddy’s admin endpoint, as seen from the engine’s machine. `http://127.0.0.1:2019` unless told.',
      undefined,
      ['http://127.0.0.1:2019'],
    ),
    server: optional(
      z.string().check(z.regex(/^[A-Za-z0-9][\w.-]{0,127}$/, 'must be the name of a server of Caddy’s configuration')),
      'Which HTTP server of Caddy’s configuration; the one with `:443` unless told, else the first one.',
    ),
    entry: optional(
      z.string().check(z.regex(/^https?:\/\/[\w.[\]:-]+\/?$/, 'must be an address such as `https://127.0.0.1`')),
      'Where a route can be tried, as seen from the engine’s machine; made from the server’s `listen` unless told, for Traefik `https://127.0.0.1` (`http://` with `tls: none`).',
    ),
    folder: optional(
      z.string().check(z.regex(/^\/[^\0-\x1f]{1,1000}$/, 'must be an absolute path')),
      'The folder of this machine that Traefik’s file provider watches (`providers.file.directory`).',
      'an absolute path',
      ['/etc/traefik/dynamic'],
    ),
    entry_points: optional(
      z.array(z.string().check(z.regex(/^[A-Za-z0-9][\w.-]{0,127}$/, 'must be the name of an entry point'))),
      'Traefik’s entry points; its default ones unless told.',
      'a list such as `[websecure]`',
    ),
    tls: optional(
      z.union([
        z.enum(['none', 'router', 'local']),
        z.strictObject({
          resolver: about(
            z.string().check(z.regex(/^[A-Za-z0-9][\w.-]{0,127}$/, 'must be the name of a certificate resolver')),
            'Traefik’s certificate resolver.',
          ),
        }),
        z.strictObject({
          local: about(
            z.string().check(z.regex(/^\/[^\0-\x1f]{1,1000}$/, 'must be an absolute path')),
            'Where Traefik itself sees `folder`.',
          ),
        }),
      ]),
      'Traefik’s TLS: `router` (unless told) as it is set up there, `{ resolver: NAME }`, `local` for a certificate of Hearth’s own authority (`hearth ca`), `none`.',
      '`router`, `local`, `none` or `{ resolver: NAME }`',
    ),
  }),
]);

/** An environment as written. */
export const environment = z.strictObject({
  extends: optional(label(), 'Another environment: what is left out here comes from there.'),
  docker: optional(
    z.string(),
    'The engine: `local`, `unix:///path`, `ssh://user@host` or `tcp://host:2376`. `local` unless told.',
    undefined,
    ['local', 'ssh://deploy@host'],
  ),
  registry: optional(
    z
      .string()
      .check(
        z.regex(
          /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
          'must be a registry such as `registry.example.test/shop`',
        ),
      ),
    'Where built images are pushed and pinned by digest. Left out: they stay on the engine.',
    undefined,
    ['registry.example.test/shop'],
  ),
  routing: optional(
    routing,
    'How requests reach the services. `none` unless told.',
    '`none`, `caddy`, or keys such as `{ kind: caddy, network: edge }`',
  ),
  variables: optional(variables(), 'Variables of every service here; they win over the service’s own.'),
  limits: optional(
    z.strictObject({
      cpus: optional(z.number().check(z.minimum(0.01)), 'Most processors of all containers together.', 'a number such as `4`'),
      memory: optional(size(), 'Most memory of all containers together.', sizeText),
      containers: optional(z.int().check(z.minimum(1)), 'Most containers.', 'a whole number'),
    }),
    'What all services together may ask for.',
  ),
});

export const hearthFile = z.strictObject({
  version: about(z.literal(1), 'Version of this format: `1`.', '`1`'),
  project: optional(
    label(),
    'Name of the project; with the environment and service it names containers, networks and volumes. The name of the folder unless told.',
  ),
  services: optional(
    z.record(label(), about(service, 'A service: something that runs.', 'keys such as `build` and `port`')),
    'What is deployed, by name.',
    'services by name',
  ),
  environments: optional(
    z.record(
      label(),
      about(z.nullable(environment), 'An environment: where services are deployed to.', 'keys such as `docker` and `variables`'),
    ),
    'Where it is deployed to, by name.',
    'environments by name',
  ),
  retention: optional(
    z.strictObject({
      releases: optional(
        z.int().check(z.minimum(1), z.maximum(100)),
        'How many earlier releases of a service are kept with their images, to roll back to. 5 unless told.',
        'a whole number from 1 to 100',
      ),
      logs: optional(
        z.int().check(z.minimum(1), z.maximum(1000)),
        'How many logs of deployments are kept for a service. 20 unless told.',
        'a whole number from 1 to 1000',
      ),
    }),
    'How much of earlier deployments is kept.',
  ),
  catalog: optional(
    z.record(label(), about(z.nullable(catalogService), 'A service that is not deployed from here.', 'keys such as `owner` and `links`')),
    'Services that are not deployed from here, by name: what others run and these need.',
    'services by name',
  ),
  monitors: optional(z.array(monitor), 'What is looked at again and again, once the file is applied.', 'a list of monitors'),
  maintenance: optional(z.array(maintenance), 'When nobody is told, and the time does not count.', 'a list of windows'),
  notifications: optional(z.array(notification), 'Who is told, and of what.', 'a list of notifications'),
  incidents: optional(incidents, 'How incidents are opened and closed.'),
});

/** The file as written, once it fits the schema. */
export type HearthFile = z.output<typeof hearthFile>;
export type ServiceText = NonNullable<HearthFile['services']>[string];
export type EnvironmentText = NonNullable<NonNullable<HearthFile['environments']>[string]>;

/** Keys and values that a later version knows, by the place where they stand (`*` for any name). */
export const laterKeys: Readonly<Record<string, readonly string[]>> = {
  '': ['rules'],
  'services.*': ['strategy'],
};
export const laterValues: Readonly<Record<string, readonly string[]>> = {};
