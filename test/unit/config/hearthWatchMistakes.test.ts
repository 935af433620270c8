// Every mistake in catalog, monitors, maintenance, notifications and incidents of hearth.yaml, in its place, and its fixes.
import { describe, expect, test } from 'vitest';
import { parseHearth } from '../../../server/config/hearthParser.ts';
import { fixed, hearthText, problemsOf } from './hearthText.ts';

const watching = (lines: string, more = '') => hearthText('', `monitors:\n  - name: home\n${lines.replace(/^/gm, '    ')}\n${more}`);
const telling = (entry: string) => hearthText('', `notifications:\n  - ${entry}\n`);
const pausing = (entry: string) => hearthText('', `maintenance:\n  - ${entry}\n`);

describe('a mistake is named where it is', () => {
  test.each<[string, string, string[]]>([
    [
      'nothing to look at',
      watching('interval: 5s'),
      [
        '10:11 missing: The monitor `home` needs what it looks at: one of `http`, `tcp`, `ping`, `tls`, `dns`, `snmp`, `docker`, `push`, `command`.',
      ],
    ],
    ['two things', watching('ping: a\nhttp: "http://a/"'), ['11:5 value: A monitor looks at one thing; here are `http` and `ping`.']],
    ['no name', hearthText('', 'monitors:\n  - ping: a\n'), ['10:5 missing: Entry 1 of `monitors` needs `name`.']],
    [
      'an unknown key',
      watching('ping: a\nintervall: 5s'),
      ['12:5 unknown-key: There is no key `intervall` in `monitors.home`. Did you mean `interval`?'],
    ],
    [
      'a name twice',
      watching('ping: a', '  - { name: home, ping: b }\n'),
      ['12:13 value: There are two monitors `home`: history belongs to the name.'],
    ],
    [
      'a bad name',
      watching('ping: a').replace('name: home', 'name: My home'),
      ['10:11 value: `name` must be lower-case letters, digits, `-`, `.` or `_`, at most 63.'],
    ],
    [
      'an unknown service and environment',
      watching('ping: a\nservice: wep\nenvironment: prod'),
      ['12:14 reference: There is no service `wep`.', '13:18 reference: There is no environment `prod`.'],
    ],
    [
      'an unknown notification',
      watching('ping: a\nnotify: [opps]', 'notifications: [{ name: ops, to: ntfy, url: "https://n.test/x" }]\n'),
      ['12:14 reference: There is no notification `opps`.'],
    ],
    ['no address', watching('http: shop.example.test'), ['11:11 value: `http` must be an address such as `https://shop.example.test/`.']],
    [
      'a password in an address',
      watching('http: "https://a:b@h/"'),
      ['11:11 value: The address must not hold a user or password: everybody can read it here.'],
    ],
    [
      'a host without port',
      watching('tcp: db'),
      ['11:10 value: `tcp` must be a host and port such as `db.example.test:5432` or `[::1]:5432`.'],
    ],
    [
      'a port that is none',
      watching('tls: "h:70000"'),
      ['11:10 value: `tls` must be a host, or a host and port such as `shop.example.test:443`.'],
    ],
    [
      'docker without its place',
      watching('docker: true\nservice: web'),
      ['11:5 missing: `docker` needs the `service` and the `environment` that it is deployed in.'],
    ],
    [
      'docker of others',
      watching('docker: true\nservice: pay\nenvironment: production', 'catalog: { pay: }\n'),
      ['12:14 reference: `pay` is not deployed from here: `docker` cannot see it.'],
    ],
    [
      'a secret of nowhere',
      watching('http: { url: "http://a/", secret_headers: { Authorization: T } }'),
      ['11:64 missing: A secret needs the `environment` that it is stored in.'],
    ],
    [
      'a secret that is written down',
      watching('http: { url: "http://a/", headers: { Authorization: Bearer x } }'),
      [
        '11:42 warning secret: `Authorization` looks like a secret, and stands in this file for everybody: name it in `secret_headers` and set it with `hearth env set --secret`.',
      ],
    ],
    [
      'a header twice',
      watching('environment: production\nhttp: { url: "http://a/", headers: { x-a: b }, secret_headers: { X-A: T } }'),
      ['12:42 value: `x-a` stands in `secret_headers` too.'],
    ],
    ['a body of GET', watching('http: { url: "http://a/", body: x }'), ['11:31 value: A request with `GET` has no body.']],
    [
      'an assertion of another check',
      watching('tcp: "a:1"\nassert: ["time < 1s", "status == 200"]'),
      ['12:27 assertion: A tcp check knows no `status`: time.'],
    ],
    [
      'an assertion that breaks off',
      watching('http: "http://a/"\nassert:\n  - time < fast'),
      ['13:16 assertion: Here belongs a time such as 500ms or 2s.'],
    ],
    ['a keyword of nothing', watching('ping: a\nkeyword: x'), ['12:5 assertion: A ping check knows no `text`: time.']],
    [
      'a time that is longer than the interval',
      watching('ping: a\ninterval: 5s\ntimeout: 6s\nretry_interval: 1m'),
      [
        '13:14 value: `timeout` must be at most the interval, which is `5s`.',
        '14:21 value: `retry_interval` must be at most the interval, which is `5s`.',
      ],
    ],
    [
      'times that are too short',
      watching('ping: a\ninterval: 500ms\ntimeout: 50ms\nretry_interval: 1ms\nremind: 1s'),
      [
        '12:15 value: `interval` must be at least `1s`.',
        '13:14 value: `timeout` must be at least `100ms`.',
        '14:21 value: `retry_interval` must be at least `1s`.',
        '15:13 value: `remind` must be at least `1m`, or `0s` for never.',
      ],
    ],
    [
      'words for a shell',
      watching('command: bin/check --fast'),
      ['11:14 type: `command` must be a list of words such as `["bin/check", "--fast"]`.'],
    ],
    ['a version that is none', watching('http: { url: "http://a/", version: 3 }'), ['11:40 type: `version` must be `"1.1"` or `"2"`.']],
    [
      'a notification without its secret',
      telling('to: slack'),
      ['10:9 missing: `slack` needs `secret`: the name of the secret with the address of its incoming webhook.'],
    ],
    [
      'a secret without environment',
      telling('{ to: slack, secret: S }'),
      ['10:26 missing: A secret needs the `environment` that it is stored in.'],
    ],
    ['a key of another kind', telling('{ to: ntfy, url: "https://n.test/x", chat: 1 }'), ['10:42 value: `chat` is of `telegram` only.']],
    [
      'two of a name',
      telling('{ to: ntfy, url: "https://n.test/x" }\n  - { to: ntfy, url: "https://n.test/y" }'),
      ['11:11 value: There are two notifications `ntfy`: give one a `name`.'],
    ],
    ['mail without a server', telling('{ to: email, recipients: [a@b.test] }'), ['10:11 missing: `email` needs `smtp`: the mail server.']],
    [
      'a password for nobody',
      telling('{ to: email, recipients: [a@b.test], smtp: { host: h, user: u, from: a@b.test } }'),
      ['10:11 missing: `email` needs `secret`: the name of the secret with the password of `smtp.user`.'],
    ],
    [
      'a recipient that is an option',
      telling('{ to: email, recipients: ["-x@b.test"], smtp: { host: h, from: a@b.test } }'),
      ['10:31 value: Each entry of `recipients` must be an address such as `ops@example.test`.'],
    ],
    [
      'no address at all',
      telling('to: webhook'),
      ['10:9 missing: `webhook` needs its address: `url`, or `secret` with the name of the secret that holds it.'],
    ],
    [
      'two addresses',
      telling('{ to: webhook, url: "https://n.test/x", secret: S, environment: production }'),
      ['10:45 value: The address is either `url` or in the `secret`.'],
    ],
    [
      'an unknown placeholder',
      telling('{ to: webhook, url: "https://n.test/x", template: "a {{titel}}" }'),
      [
        '10:58 template: There is no `{{titel}}`. Known are `{{title}}`, `{{text}}`, `{{state}}`, `{{service}}`, `{{monitor}}`, `{{environment}}`, `{{incident}}`, `{{url}}`.',
      ],
    ],
    [
      'an unknown happening',
      telling('{ to: ntfy, url: "https://n.test/x", on: [up] }'),
      ['10:47 value: Each entry of `on` must be one of `down`, `recovered`, `deployed`, `failed`, `certificate`, `incident`.'],
    ],
    [
      'a window at no time',
      pausing('name: a'),
      ['10:11 missing: The window `a` needs when it is: `cron` and `duration`, or `from` and `to`.'],
    ],
    [
      'a cron time of six fields',
      pausing('{ name: a, cron: "0 0 3 * * *", duration: 5m }'),
      [
        '10:22 value: A time of cron has five fields (minute, hour, day of the month, month, day of the week), such as `0 3 * * *`; here are 6.',
      ],
    ],
    [
      'an hour that is none',
      pausing('{ name: a, cron: "0 24 * * *", duration: 5m }'),
      ['10:22 value: The hour of a cron time is 0 to 23, `*`, `*/5`, `a-b` or several with commas.'],
    ],
    ['cron without end', pausing('{ name: a, cron: "0 3 * * *" }'), ['10:16 missing: `cron` needs a `duration`.']],
    [
      'both kinds of time',
      pausing('{ name: a, cron: "0 3 * * *", duration: 5m, to: "2026-01-01 10:00" }'),
      ['10:49 value: A window with `cron` has no `to`.'],
    ],
    [
      'a zone of nowhere',
      pausing('{ name: a, cron: "0 3 * * *", duration: 5m, time_zone: Berlin }'),
      ['10:60 value: There is no time zone `Berlin`; it is written `Europe/Berlin`.'],
    ],
    [
      'a day that is none',
      pausing('{ name: a, from: "2026-02-30 10:00", duration: 5m }'),
      ['10:22 value: `from` must be a day and time such as `2026-12-01 10:00`.'],
    ],
    [
      'an end before the beginning',
      pausing('{ name: a, from: "2026-02-20 10:00", to: "2026-02-20 09:00" }'),
      ['10:46 value: `to` must be after `from`.'],
    ],
    [
      'an unknown monitor',
      pausing('{ name: a, from: "2026-02-20 10:00", duration: 5m, monitors: [x] }'),
      ['10:67 reference: There is no monitor `x`.'],
    ],
    [
      'a service in both lists',
      hearthText('', 'catalog:\n  web: { owner: x }\n'),
      ['10:3 value: `web` is in `services` already: what the catalog should know of it stands there.'],
    ],
    [
      'an unknown service of the catalog',
      hearthText('', 'catalog: { pay: { depends_on: [wep, pay] } }\n'),
      ['9:32 reference: There is no service `wep`.', '9:37 cycle: `pay` cannot need itself.'],
    ],
    [
      'a link that runs',
      hearthText('links: [{ title: X, url: "javascript:alert(1)" }]'),
      ['7:30 value: The address `javascript:alert(1)` must begin with `https://` or `http://`.'],
    ],
    [
      'a runbook outside',
      hearthText('runbook: ../secret.md'),
      ['7:14 value: The address `../secret.md` must not contain "..", "." or empty parts.'],
    ],
    [
      'an unknown type',
      hearthText('type: webb'),
      [
        '7:11 value: `type` must be one of `web`, `api`, `worker`, `database`, `queue`, `cache`, `site`, `job`, `library`, `external`, `other`.',
      ],
    ],
    ['a settle time that no timer has', hearthText('', 'incidents: { settle: 99h }\n'), ['9:22 value: `settle` must be at most `24h`.']],
  ])('%s', (_what, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test('also beside an entry that fits nothing', () => {
    const text = hearthText('', 'monitors:\n  - 5\n  - { name: a, ping: b, service: nobody }\n');
    expect(problemsOf(text)).toEqual([
      '10:5 type: Each entry of `monitors` must be keys with values.',
      '11:34 reference: There is no service `nobody`.',
    ]);
  });
});

test.each([
  watching('ping: a\nintervall: 5s'),
  watching('ping: a\ntimeout: 10'),
  watching('command: bin/check'),
  watching('ping: a\nservice: wep'),
  watching('ping: a\nhttp: "http://a/"'),
  hearthText('', 'notifications:\n  - to: slak\n    url: x\n'),
  hearthText('', 'notifications:\n  - to: ntfy\n    url: "https://n.test/x"\n    chat: 1\n'),
  hearthText('', 'notifications:\n  - to: webhook\n    url: "https://n.test/x"\n    secret: S\n    environment: production\n'),
  hearthText('', 'catalog:\n  web:\n    owner: x\n'),
])('a fix of %j helps', (text) => {
  const problems = parseHearth(text, 'shop').problems;
  const fixes = problems.flatMap(({ message, fixes: all = [] }) => all.map((fix) => ({ message, fix })));
  expect(fixes.length).toBeGreaterThan(0);
  for (const { message, fix } of fixes) {
    const after = parseHearth(fixed(text, fix), 'shop').problems.map((each) => each.message);
    expect(after, `${fix.title} in ${fixed(text, fix)}`).not.toContain(message);
  }
});
