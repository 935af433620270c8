import * as z from 'zod/mini';
import { about, duration, durationText, label, optional, port, portText, variableName } from './schemaParts.ts';

const nameText = 'lower-case letters, digits, `-`, `.` or `_`, at most 63';
/** Of monitors, maintenance windows and notifications. */
export const watchName = () => z.string().check(z.regex(/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/, `must be ${nameText}`));

const hostText = 'a host name or address';
const host = () =>
  z
    .string()
    .check(z.minLength(1), z.maxLength(253), z.regex(/^([A-Za-z0-9_[][A-Za-z0-9_.:%[\]-]*|::[0-9A-Fa-f:.%]*)$/, `must be ${hostText}`));
const hostPortText = 'a host and port such as `db.example.test:5432`';
const hostPort = () => z.string().check(z.minLength(1), z.maxLength(300), z.regex(/^\S+$/, `must be ${hostPortText}`));
const family = () => optional(z.literal([4, 6]), 'Only this version of the Internet protocol: 4 or 6.', '`4` or `6`');
const addressText = 'an address such as `https://shop.example.test/`';
const address = () => z.string().check(z.maxLength(4000), z.regex(/^https?:\/\/[^\s\0-\x1f]+$/, `must be ${addressText}`));
const headerName = () => z.string().check(z.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'must be the name of a header'));
const headerValue = () =>
  z.union([z.string().check(z.maxLength(4000), z.regex(/^[^\0-\x08\x0a-\x1f\x7f]*$/, 'must be one line')), z.number()]);

const http = z.strictObject({
  url: about(address(), 'What is asked.', addressText),
  method: optional(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']), 'How it is asked. `GET` unless told.'),
  headers: optional(z.record(headerName(), about(headerValue(), 'The value.', 'text')), 'Headers of the request.'),
  secret_headers: optional(
    z.record(headerName(), about(variableName(), 'Name of the secret.')),
    'Headers whose value is a secret of the monitor’s `environment`, by the name of the header.',
    'keys such as `{ Authorization: API_TOKEN }`',
  ),
  body: optional(z.string().check(z.maxLength(100_000)), 'What is sent.'),
  redirects: optional(
    z.int().check(z.minimum(0), z.maximum(20)),
    'How many redirects are followed; with 0 the redirect itself is the answer. 10 unless told.',
    'a whole number from 0 to 20',
  ),
  insecure: optional(z.boolean(), 'Accept a certificate that nobody trusts. `false` unless told.'),
  version: optional(
    z.union([z.enum(['1.1', '2']), z.literal([1.1, 2])]),
    'Only this version of HTTP; what the server offers first unless told.',
    '`"1.1"` or `"2"`',
  ),
  family: family(),
});

const dns = z.strictObject({
  name: about(host(), 'The name that is looked up.', 'a host name'),
  type: optional(z.enum(['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT', 'SRV', 'SOA', 'CAA', 'PTR']), 'Which records. `A` unless told.'),
  server: optional(host(), 'Who is asked: `address` or `address:port`. The machine’s own resolver unless told.', hostText, ['1.1.1.1']),
  expect: optional(
    z.array(z.string().check(z.maxLength(1000))).check(z.maxLength(100)),
    'At least these must be among the answers.',
    'a list such as `["192.0.2.1"]`',
  ),
});

/** A monitor as written. Exactly one of the keys in `checkKeys` says what is looked at. */
export const monitor = z.strictObject({
  name: about(watchName(), 'Name of the monitor; its history belongs to it.', nameText),
  service: optional(label(), 'Which service it watches.', 'a service of this file'),
  environment: optional(
    label(),
    'In which environment it watches it; secrets are read from there. Left out: it belongs to none.',
    'an environment of this file',
  ),
  http: optional(
    z.union([address(), http]),
    'Ask an address by HTTP. Up: the status is below 400, unless `assert` looks at it.',
    addressText,
  ),
  tcp: optional(
    z.union([hostPort(), z.strictObject({ host: host(), port: port(), family: family() })]),
    'Up: the port accepts a connection.',
    hostPortText,
  ),
  ping: optional(
    z.union([host(), z.strictObject({ host: host(), family: family() })]),
    'Up: the host answers an echo request, by the `ping` of this machine.',
    hostText,
  ),
  tls: optional(
    z.union([
      hostPort(),
      z.strictObject({
        host: host(),
        port: optional(port(), '443 unless told.', portText),
        server_name: optional(host(), 'The name that the certificate is asked for; `host` unless told.', 'a host name'),
        family: family(),
      }),
    ]),
    'Up: the certificate is trusted and for this name. You are told 21, 14 and 7 days before it ends.',
    'a host, or a host and port such as `shop.example.test:443`',
  ),
  dns: optional(z.union([host(), dns]), 'Up: the name is found.', 'a host name, or keys such as `{ name: shop.example.test, type: MX }`'),
  snmp: optional(
    z.strictObject({
      host: about(host(), 'Who is asked.', hostText),
      oid: about(
        z.string().check(z.regex(/^\.?\d+(\.\d+)*$/, 'must be an OID such as `1.3.6.1.2.1.1.3.0`')),
        'Which value is read.',
        'an OID such as `1.3.6.1.2.1.1.3.0`',
      ),
      port: optional(port(), '161 unless told.', portText),
      community: optional(variableName(), 'Name of the secret with the community; `public` unless told.', 'the name of a secret'),
    }),
    'Up: the value can be read by SNMP v2c.',
    'keys such as `{ host: switch.example.test, oid: 1.3.6.1.2.1.1.3.0 }`',
  ),
  docker: optional(z.literal(true), 'Up: the deployed service is well, as Docker and the deployer see it.', '`true`'),
  push: optional(
    z.union([
      z.literal(true),
      z.strictObject({ grace: optional(duration(), 'How much later than the interval is still in time. `0s` unless told.', durationText) }),
    ]),
    'Somebody else calls in; down when nobody did for the interval. `hearth monitor push` shows how.',
    '`true` or `{ grace: 30s }`',
  ),
  command: optional(
    z.array(z.string().check(z.maxLength(4000))).check(z.minLength(1), z.maxLength(100)),
    'Run on this machine, in the repository, as it is: no shell. Up: it ends with 0. Trusted repositories only.',
    'a list of words such as `["bin/check", "--fast"]`',
    [['bin/check']],
  ),
  interval: optional(duration(), 'Time between two looks. `60s` unless told.', durationText, ['60s']),
  timeout: optional(duration(), 'How long one look may take, with everything. `10s` unless told.', durationText, ['10s']),
  failures: optional(
    z.int().check(z.minimum(1), z.maximum(100)),
    'So many failures in a row are “down”. 2 unless told.',
    'a whole number from 1 to 100',
  ),
  successes: optional(
    z.int().check(z.minimum(1), z.maximum(100)),
    'So many successes in a row are “up” again. 2 unless told.',
    'a whole number from 1 to 100',
  ),
  retry_interval: optional(duration(), 'How soon it looks again after a failure. `20s` unless told.', durationText, ['20s']),
  assert: optional(
    z.array(z.string().check(z.minLength(1), z.maxLength(1000))).check(z.maxLength(50)),
    'What must be true of the answer, all of it.',
    'a list such as `["status == 200", "certificate > 14d"]`',
    [['status == 200']],
  ),
  keyword: optional(
    z.string().check(z.minLength(1), z.maxLength(500)),
    'Text that the answer must hold: short for `text contains "…"` in `assert`.',
    'text',
  ),
  inverted: optional(z.boolean(), 'Up is down and down is up. `false` unless told.'),
  remind: optional(duration(), 'Tell again this often while it is down. Left out: never.', durationText, ['1h']),
  notify: optional(
    z.array(watchName()).check(z.maxLength(50)),
    'Who is told; all `notifications` unless told. `[]`: nobody.',
    'a list of notifications such as `[ops]`',
  ),
});
export type MonitorText = z.output<typeof monitor>;
export const checkKeys = ['http', 'tcp', 'ping', 'tls', 'dns', 'snmp', 'docker', 'push', 'command'] as const;

/** A maintenance window as written. */
export const maintenance = z.strictObject({
  name: about(watchName(), 'Name of the window.', nameText),
  cron: optional(
    z.string().check(z.maxLength(200)),
    'When it begins, again and again: five fields of cron.',
    'a time such as `"0 3 * * *"`',
    ['"0 3 * * *"'],
  ),
  duration: optional(duration(), 'How long it is open.', durationText, ['30m']),
  from: optional(z.string().check(z.maxLength(40)), 'When it begins, once.', 'a time such as `"2026-12-01 10:00"`'),
  to: optional(z.string().check(z.maxLength(40)), 'When it ends.', 'a time such as `"2026-12-01 12:00"`'),
  time_zone: optional(
    z.string().check(z.maxLength(100)),
    'Whose clocks these times are of. `UTC` unless told.',
    'a time zone such as `Europe/Berlin`',
    ['Europe/Berlin', 'UTC'],
  ),
  monitors: optional(
    z.array(watchName()),
    'Which monitors it is for; all of the project unless told.',
    'a list of monitors such as `[home]`',
  ),
});
export type MaintenanceText = z.output<typeof maintenance>;

export const incidents = z.strictObject({
  auto: optional(z.boolean(), 'Monitors that go down open an incident. `true` unless told.'),
  settle: optional(duration(), 'How long everything must be well again before it is resolved. `5m` unless told.', durationText, ['5m']),
  correlate: optional(
    duration(),
    'What goes down within this time of another with the same cause joins its incident. `5m` unless told.',
    durationText,
    ['5m'],
  ),
});
