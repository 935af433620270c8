import * as z from 'zod/mini';

import { factKeys } from './catalogSchema.ts';
import {
  about,
  command,
  commandText,
  duration,
  durationText,
  glob,
  label,
  optional,
  plainPath,
  port,
  portText,
  size,
  sizeText,
  variableName,
  variables,
} from './schemaParts.ts';

const image = () => z.string().check(z.regex(/^[a-z0-9][\w./:@-]{0,400}$/i, 'must be the name of an image such as `postgres:17`'));

const build = z.strictObject({
  context: optional(
    plainPath('a folder'),
    'Folder that is sent to the builder, relative to the repository. `.` unless told.',
    'a folder of the repository',
    ['.'],
  ),
  dockerfile: optional(plainPath('a file'), 'The Dockerfile, relative to the context. `Dockerfile` unless told.', 'a file of the context', [
    'Dockerfile',
  ]),
  target: optional(
    z.string().check(z.regex(/^[A-Za-z0-9][\w.-]{0,127}$/, 'must be the name of a stage')),
    'The stage of the Dockerfile to build; the last one unless told.',
  ),
  args: optional(variables(), 'Build arguments. Anybody who has the image can read them: secrets belong in `secrets`.'),
  secrets: optional(
    z.array(variableName()),
    'Secrets for `RUN --mount=type=secret,id=NAME`. They need BuildKit and never become part of the image.',
    'a list of names',
  ),
  contexts: optional(
    z.record(
      z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be a name of lower-case letters, digits, `.`, `_` and `-`')),
      plainPath('a folder'),
    ),
    'Further folders for `COPY --from=NAME`. They need BuildKit.',
  ),
  paths: optional(
    z.array(glob()),
    'What the service is made from: changes elsewhere are not marked as deployed with it. The context unless told.',
    'a list of patterns such as `web/**`',
    [['web/**']],
  ),
  run: optional(command(), 'Of a static site: the command that makes its files, in a copy of the commit.', commandText, [
    'npm ci && npm run docs',
  ]),
  image: optional(image(), 'Of a static site: the image in whose container `run` runs. Left out: it runs on this machine.', undefined, [
    'node:24',
  ]),
  timeout: optional(duration(), 'Of a static site: how long `run` may take. `15m` unless told.', durationText, ['15m']),
  platform: optional(
    z.string().check(z.regex(/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9]+)?$/, 'must be a platform such as `linux/amd64`')),
    'The platform to build for; the engine’s own unless told.',
  ),
});

const health = z.strictObject({
  http: optional(
    z.string().check(z.regex(/^\/[!-~]{0,499}$/, 'must be a path that begins with `/`')),
    'Path that answers 200 to 399 when the service is well. Asked on `port`.',
    'a path that begins with `/`',
    ['/healthz'],
  ),
  tcp: optional(
    z.literal(true),
    'Well when `port` accepts connections. This is what counts for a service with a port and no `health`.',
    '`true`',
  ),
  command: optional(command(), 'Command in the container that ends with 0 when the service is well.', commandText),
  container: optional(z.literal(true), 'What HEALTHCHECK of the image says; without one: that the container keeps running.', '`true`'),
  interval: optional(duration(), 'Time between two looks during a deployment. `1s` unless told.', durationText, ['1s']),
  timeout: optional(duration(), 'How long one look may take. `5s` unless told.', durationText, ['5s']),
  healthy_for: optional(duration(), 'How long it must be well without a failure before it gets traffic. `10s` unless told.', durationText, [
    '10s',
  ]),
  deadline: optional(
    duration(),
    'When it is not well by then, the deployment fails and the old version serves on. `60s` unless told.',
    durationText,
    ['60s'],
  ),
});

const hooks = z.strictObject({
  before: optional(
    command(),
    'Runs in a container of the new image before the switch. When it fails, the deployment fails and the old version serves on.',
    commandText,
  ),
  after: optional(
    command(),
    'Runs in a container of the new image after the switch. When it fails, the deployment says so and stays.',
    commandText,
  ),
});

const migrate = z.strictObject({
  run: about(
    command(),
    'Changes the database, in a container of the new image, once for a release and before it gets traffic.',
    commandText,
  ),
  dry_run: optional(command(), 'Runs before `run`: when it fails, nothing was changed and the deployment fails.', commandText),
  rollback: optional(command(), 'Runs when the deployment is taken back after `run`.', commandText),
  timeout: optional(duration(), 'How long each command may take. `15m` unless told.', durationText, ['15m']),
});

const smoke = z.strictObject({
  name: optional(z.string().check(z.minLength(1), z.maxLength(100)), 'What people see of it.'),
  http: optional(
    z.string().check(z.regex(/^(\/|https?:\/\/)[!-~]{0,1000}$/, 'must be a path such as `/` or a whole address')),
    'What is asked for: a path of the service, or a whole address.',
    'a path that begins with `/`, or an address',
    ['/'],
  ),
  status: optional(
    z.int().check(z.minimum(100), z.maximum(599)),
    'The status it must answer; any of 200 to 399 unless told.',
    'a status such as `200`',
  ),
  contains: optional(z.string().check(z.minLength(1), z.maxLength(1000)), 'Text that the answer must hold.'),
  command: optional(command(), 'A command in a container of the new image that must end with 0.', commandText),
  timeout: optional(duration(), 'How long one try may take. `10s` unless told.', durationText, ['10s']),
  attempts: optional(
    z.int().check(z.minimum(1), z.maximum(20)),
    'How often it is tried before it has failed. 3 unless told.',
    'a whole number from 1 to 20',
  ),
});

const secret = z.union([
  variableName(),
  z.strictObject({
    name: about(variableName(), 'Name of the secret, as `hearth env set --secret` stores it.'),
    as: optional(
      z.enum(['variable', 'file']),
      'How the container gets it: as a variable, or as the file `/run/secrets/NAME`. Variables can be read by whoever may inspect containers.',
    ),
    rotate: optional(duration(), 'How old its value may become; `hearth env doctor` says when it is older.', durationText, ['90d']),
  }),
]);

const volume = z.union([
  z.string(),
  z.strictObject({
    source: about(z.string(), 'Name of the volume. It is kept for each environment, independent of deployments, and never deleted.'),
    target: about(z.string(), 'Where it is mounted: an absolute path in the container.'),
    read_only: optional(z.boolean(), 'Mounted read-only. `false` unless told.', '`true` or `false`'),
  }),
]);

/** A service as written. */
export const service = z.strictObject({
  kind: optional(
    z.enum(['container', 'static', 'stack']),
    'What it is: `container` (unless told), `static` (files in a folder of this machine), `stack` (a compose file on a Swarm).',
  ),
  output: optional(plainPath('a folder'), 'Of a static site: which folder is the site, after `build`.', 'a folder of the repository', [
    'dist',
  ]),
  root: optional(
    z.string().check(z.regex(/^\/[^\0-\x1f]{1,1000}$/, 'must be an absolute path')),
    'Of a static site: the folder of this machine where its releases are. Your web server serves `current` in it. `{environment}` stands for the name of the environment.',
    'an absolute path',
    ['/srv/docs-{environment}'],
  ),
  compose: optional(plainPath('a file'), 'Of a stack: its compose file.', 'a file of the repository', ['compose.yaml']),
  profiles: optional(z.array(z.string()), 'Of a stack: profiles of the compose file that are deployed too.', 'a list of names'),
  migrate: optional(migrate, 'Changes of the database that a release needs.'),
  smoke: optional(z.array(smoke), 'What must hold right after the switch; else the release is taken back.', 'a list of tests', [
    [{ http: '/', status: 200 }],
  ]),
  build: optional(
    z.union([plainPath('a folder'), build]),
    'How the image is built from the commit: a folder, or its keys.',
    'a folder of the repository, or keys such as `context` and `dockerfile`',
    ['.'],
  ),
  image: optional(image(), 'A ready image, instead of `build`.', undefined, ['postgres:17']),
  port: optional(port(), 'The port that the service listens on in its container.', portText, [8080]),
  publish: optional(
    z.union([port(), z.string()]),
    'Where the engine’s machine publishes the port: `8080` on its loopback, `"0.0.0.0:8080"` for everybody. A release then starts only after the old one has stopped.',
    'a port such as `8080`, or an address and port such as `"0.0.0.0:8080"`',
    [8080],
  ),
  command: optional(command(), 'What runs instead of the image’s CMD.', commandText),
  entrypoint: optional(command(), 'What runs instead of the image’s ENTRYPOINT.', commandText),
  user: optional(
    z.union([
      z.string().check(z.regex(/^[\w][\w.-]{0,63}(:[\w][\w.-]{0,63})?$/, 'must be a user such as `1000`, `node` or `1000:1000`')),
      z.int().check(z.minimum(0)),
    ]),
    'Who runs it: the image’s USER unless told.',
    'a user such as `1000` or `node`',
  ),
  variables: optional(
    variables(),
    'Variables of the container. An environment’s own win over these. Templates like `${OTHER}` are filled in.',
  ),
  secrets: optional(
    z.array(secret),
    'Names of secrets that the service gets. Their values are set with `hearth env set --secret`.',
    'a list of names',
    [['DATABASE_URL']],
  ),
  volumes: optional(
    z.array(volume),
    'Named volumes, as `name:/path` or `name:/path:ro`. They outlive every deployment and are never deleted.',
    'a list such as `["data:/var/lib/data"]`',
    [['data:/data']],
  ),
  replicas: optional(
    z.int().check(z.minimum(1), z.maximum(100)),
    'How many containers serve. 1 unless told.',
    'a whole number from 1 to 100',
  ),
  resources: optional(
    z.strictObject({
      cpus: optional(
        z.number().check(z.minimum(0.01), z.maximum(1024)),
        'Most processors of one container.',
        'a number such as `0.5` or `2`',
      ),
      memory: optional(size(), 'Most memory of one container.', sizeText, ['512m']),
      pids: optional(z.int().check(z.minimum(1), z.maximum(4_194_304)), 'Most processes of one container.', 'a whole number'),
    }),
    'What one container may use at most.',
  ),
  health: optional(health, 'When the service counts as well. A new version gets traffic only then.'),
  route: optional(
    z.strictObject({
      host: about(
        z
          .string()
          .check(
            z.regex(
              /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
              'must be a host name such as `shop.example.test`',
            ),
          ),
        'Host name of the requests that the router sends here.',
      ),
      path: optional(
        z.string().check(z.regex(/^\/[A-Za-z0-9/._~-]{0,499}$/, 'must be a path that begins with `/`')),
        'Beginning of their path. `/` unless told.',
        'a path that begins with `/`',
      ),
    }),
    'Which requests the environment’s router sends to the service.',
  ),
  drain: optional(duration(), 'How long the old version may finish its requests after the switch. `5s` unless told.', durationText, ['5s']),
  stop_timeout: optional(duration(), 'How long it has between SIGTERM and SIGKILL. `30s` unless told.', durationText, ['30s']),
  depends_on: optional(
    z.array(label()),
    'Services that must be live first. Those of `catalog` are not waited for.',
    'a list of services such as `[db]`',
  ),
  hooks: optional(hooks, 'Commands before and after the switch.'),
  ...factKeys,
});
