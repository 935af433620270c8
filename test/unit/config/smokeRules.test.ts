// What `hearth.yaml` says of migrations and smoke tests: how it is read, and what is wrong with it.
import { expect, test } from 'vitest';
import { parseHearth } from '../../../server/config/hearthParser.ts';
import { hearthText, problemsOf } from './hearthText.ts';

test('commands, defaults and names of tests are filled in', () => {
  const text = hearthText(
    [
      'migrate: { run: bin/migrate, dry_run: [bin/migrate, --check], rollback: bin/migrate --down }',
      'smoke:',
      '  - { http: /, status: 200, contains: Shop }',
      '  - { name: orders, http: "https://shop.example.test/orders", timeout: 3s, attempts: 1 }',
      '  - { command: [bin/check, "a b"] }',
      '  - { command: "bin/check | grep ok" }',
    ].join('\n'),
  );
  expect(problemsOf(text)).toEqual([]);
  const web = parseHearth(text, 'shop').config?.services['web'];
  expect(web?.migrate).toEqual({
    run: ['/bin/sh', '-c', 'bin/migrate'],
    dryRun: ['bin/migrate', '--check'],
    rollback: ['/bin/sh', '-c', 'bin/migrate --down'],
    timeout: 900_000,
  });
  expect(web?.smoke).toEqual([
    { name: 'GET /', check: { kind: 'http', url: '/', status: 200, contains: 'Shop' }, timeout: 10_000, attempts: 3 },
    { name: 'orders', check: { kind: 'http', url: 'https://shop.example.test/orders' }, timeout: 3000, attempts: 1 },
    { name: 'bin/check a b', check: { kind: 'command', command: ['bin/check', 'a b'] }, timeout: 10_000, attempts: 3 },
    {
      name: 'bin/check | grep ok',
      check: { kind: 'command', command: ['/bin/sh', '-c', 'bin/check | grep ok'] },
      timeout: 10_000,
      attempts: 3,
    },
  ]);
});

test('a service without them has none, so that older releases keep their hash', () => {
  const web = parseHearth(hearthText(), 'shop').config?.services['web'];
  expect(Object.keys(web ?? {})).not.toEqual(expect.arrayContaining(['smoke']));
  expect(web).not.toHaveProperty('migrate');
  expect(parseHearth(hearthText('smoke: []'), 'shop').config?.services['web']).not.toHaveProperty('smoke');
});

test.each([
  ['smoke: [{ name: nothing }]', '7:13 missing: A smoke test needs `http` (what is asked for) or `command`.'],
  ['smoke: [{ http: /, command: ["true"] }]', '7:24 value: A smoke test has either `http` or `command`.'],
  ['smoke: [{ command: bin/check, status: 200 }]', '7:35 value: `status` is for `http`: a command must end with 0.'],
  ['smoke: [{ command: bin/check, contains: ok }]', '7:35 value: `contains` is for `http`: a command must end with 0.'],
  ['smoke: [{ http: "http://:" }]', '7:21 value: `http://:` is no address.'],
  ['smoke: [{ http: /, timeout: 2h }]', '7:33 value: `timeout` must be at most `1h`.'],
  ['smoke: [{ http: /, timeout: 5ms }]', '7:33 value: `timeout` must be at least `10ms`.'],
  ['migrate: { run: bin/migrate, timeout: 3d }', '7:43 value: `timeout` must be at most `24h`.'],
  [
    'route: { host: shop.example.test, path: /shop }\nsmoke: [{ http: /shopping }]',
    '8:21 value: The path `/shopping` is not under the route `/shop`: another service answers there.',
  ],
])('%s', (service, problem) => {
  expect(problemsOf(hearthText(service))).toEqual([problem]);
});

test('paths under the route are fine, and so is any path without one', () => {
  const route = 'route: { host: shop.example.test, path: /shop }';
  expect(problemsOf(hearthText(`${route}\nsmoke: [{ http: /shop }, { http: "/shop?x=1" }, { http: /shop/cart }]`))).toEqual([]);
  expect(problemsOf(hearthText('smoke: [{ http: /healthz }]'))).toEqual([]);
});

test('a path cannot be asked of a service without a port', () => {
  const text = hearthText('smoke: [{ http: / }]').replace('    port: 8080\n', '');
  expect(problemsOf(text)).toEqual(['6:21 missing: A path needs the `port` that the service listens on.']);
});

test('sites and stacks have neither migrations nor commands nor paths', () => {
  const site = `version: 1
project: shop
services:
  docs:
    kind: static
    root: /srv/docs
    migrate: { run: bin/migrate }
    smoke: [{ command: ["true"] }, { http: / }, { http: "https://docs.example.test/" }]
environments:
  production: {}
`;
  const found = problemsOf(site);
  expect(found.map((each) => each.split(' ')[0])).toEqual(['7:5', '8:15', '8:44']);
});
