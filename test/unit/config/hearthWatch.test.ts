// Catalog, monitors, maintenance, notifications and incidents of hearth.yaml: what they come to.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differenceOf } from '../../../server/config/difference.ts';
import { explainEnvironment } from '../../../server/config/explain.ts';
import { parseHearth } from '../../../server/config/hearthParser.ts';
import type { HearthConfig } from '../../../server/config/hearthTypes.ts';
import { watchDefaults } from '../../../server/config/watchBuild.ts';
import { serviceFacts } from '../../../server/protocol/catalog.ts';
import { check, monitorSettings } from '../../../server/protocol/monitorTypes.ts';
import { hearthText, problemsOf } from './hearthText.ts';

const whole = `version: 1
project: shop
services:
  web:
    build: .
    port: 8080
    depends_on: [api, pay]
    type: web
    owner: team shop
    lifecycle: production
    description: What customers see.
    links: [{ title: Grafana, url: "https://grafana.example.test/d/1", kind: dashboard }, { title: Notes, url: docs/web.md }]
    runbook: docs/runbook.md#web
  api: { image: x }
catalog:
  pay: { owner: Payments Inc, depends_on: [bank], links: [{ title: Status, url: "https://status.example.test" }] }
  bank:
environments: { production: {} }
monitors:
  - { name: home, service: web, environment: production, http: "https://shop.example.test/", interval: 30s, timeout: 5s, failures: 3, successes: 1, retry_interval: 10s, assert: ["status == 200", "certificate > 14d"], keyword: 'say "hi"', remind: 1h, notify: [ops] }
  - name: api
    service: api
    environment: production
    http: { url: "http://[::1]:8080/x", method: POST, headers: { X-A: 1 }, secret_headers: { Authorization: API_TOKEN }, body: "{}", redirects: 0, insecure: true, version: 2, family: 6 }
    inverted: true
  - { name: db, tcp: "db.example.test:5432", interval: 5s }
  - { name: db6, tcp: { host: "::1", port: 5432, family: 6 } }
  - { name: router, ping: "fe80::1%eth0" }
  - { name: cert, tls: shop.example.test }
  - { name: cert2, tls: { host: "[::1]", port: 8443, server_name: shop.example.test } }
  - { name: names, dns: shop.example.test }
  - { name: mail, dns: { name: example.test, type: MX, server: "1.1.1.1:53", expect: ["10 mx.example.test"] }, assert: ["answers >= 1"] }
  - { name: switch, environment: production, snmp: { host: switch.example.test, oid: 1.3.6.1.2.1.1.3.0, community: COMMUNITY }, assert: ["value > 0"] }
  - { name: container, service: api, environment: production, docker: true }
  - { name: backup, push: { grace: 30s }, interval: 24h }
  - { name: beat, push: true }
  - { name: script, command: [bin/check, --fast], assert: ["exit == 0"], notify: [] }
maintenance:
  - { name: nightly, cron: "0 3 * * mon-fri", duration: 30m, time_zone: Europe/Berlin, monitors: [home, db] }
  - { name: move, from: "2026-12-01 10:00", to: "2026-12-01 12:00", time_zone: Europe/Berlin }
  - { name: short, from: "2026-07-01T10:00:30", duration: 1h }
notifications:
  - { name: ops, to: slack, secret: SLACK_URL, environment: production, on: [down, recovered, deployed], group: 1m }
  - { to: telegram, secret: BOT, environment: production, chat: -100123 }
  - { to: ntfy, url: "https://ntfy.example.test/shop" }
  - { to: email, recipients: [ops@example.test], secret: SMTP_PASSWORD, environment: production, smtp: { host: mail.example.test, user: hearth, from: hearth@example.test, tls: implicit } }
  - { to: webhook, url: "https://hooks.example.test/x", template: '{"t": "{{title}}", "s": "{{ state }}"}' }
incidents: { settle: 1m }
`;

function configOf(text: string): HearthConfig {
  const { config, problems } = parseHearth(text, 'shop');
  if (config === undefined || problems.length > 0) throw new Error(JSON.stringify(problems, null, 1));
  return config;
}

describe('what is watched', () => {
  const config = configOf(whole);
  const monitor = (name: string) => config.monitors.find((each) => each.name === name);

  test('each check has its own form, in the words of the contract', () => {
    const checks = Object.fromEntries(config.monitors.map((each) => [each.name, each.check]));
    expect(checks).toEqual({
      home: {
        kind: 'http',
        url: 'https://shop.example.test/',
        method: 'GET',
        headers: {},
        secretHeaders: {},
        redirects: 10,
        insecure: false,
      },
      api: {
        kind: 'http',
        url: 'http://[::1]:8080/x',
        method: 'POST',
        headers: { 'X-A': '1' },
        secretHeaders: { Authorization: 'API_TOKEN' },
        body: '{}',
        redirects: 0,
        insecure: true,
        version: '2',
        family: 6,
      },
      db: { kind: 'tcp', host: 'db.example.test', port: 5432 },
      db6: { kind: 'tcp', host: '[::1]', port: 5432, family: 6 },
      router: { kind: 'ping', host: '[fe80::1%eth0]' },
      cert: { kind: 'tls', host: 'shop.example.test', port: 443 },
      cert2: { kind: 'tls', host: '[::1]', port: 8443, serverName: 'shop.example.test' },
      names: { kind: 'dns', name: 'shop.example.test', type: 'A', expect: [] },
      mail: { kind: 'dns', name: 'example.test', type: 'MX', server: '1.1.1.1:53', expect: ['10 mx.example.test'] },
      switch: { kind: 'snmp', host: 'switch.example.test', port: 161, community: 'COMMUNITY', oid: '1.3.6.1.2.1.1.3.0' },
      container: { kind: 'docker' },
      backup: { kind: 'push', grace: 30_000 },
      beat: { kind: 'push', grace: 0 },
      script: { kind: 'command', command: ['bin/check', '--fast'] },
    });
    for (const each of config.monitors) {
      expect(check.parse(each.check)).toEqual(each.check);
      expect(monitorSettings.parse(each.settings)).toEqual(each.settings);
    }
  });

  test('what is left out is as the contract says; nothing takes longer than its interval', () => {
    expect(monitor('beat')?.settings).toEqual(monitorSettings.parse({}));
    expect(monitor('home')).toMatchObject({ service: 'web', environment: 'production', line: 20 });
    expect(monitor('home')?.settings).toEqual({
      interval: 30_000,
      timeout: 5000,
      failures: 3,
      successes: 1,
      retryInterval: 10_000,
      inverted: false,
      assert: ['status == 200', 'certificate > 14d', 'text contains "say \\"hi\\""'],
      remind: 3_600_000,
      notify: ['ops'],
    });
    expect(monitor('db')?.settings).toMatchObject({ interval: 5000, timeout: 5000, retryInterval: 5000 });
    expect(monitor('script')?.settings.notify).toEqual([]);
    expect(config.incidents).toEqual({ auto: true, settle: 60_000, correlate: 300_000 });
    expect(configOf(hearthText()).incidents).toEqual({ auto: true, settle: 300_000, correlate: 300_000 });
  });

  test('the catalog has every service, deployed from here or not', () => {
    expect(Object.keys(config.catalog)).toEqual(['web', 'api', 'pay', 'bank']);
    expect(config.catalog['web']).toEqual({
      facts: {
        type: 'web',
        owner: 'team shop',
        lifecycle: 'production',
        description: 'What customers see.',
        links: [
          { title: 'Grafana', url: 'https://grafana.example.test/d/1', kind: 'dashboard' },
          { title: 'Notes', url: 'docs/web.md', kind: 'other' },
        ],
        runbook: 'docs/runbook.md#web',
        dependsOn: ['api', 'pay'],
      },
      line: 4,
    });
    expect(config.catalog['bank']).toEqual({ facts: { type: 'external' }, line: 17 });
    // The deployer waits for what it deploys only.
    expect(config.services['web']?.dependsOn).toEqual(['api']);
    for (const { facts } of Object.values(config.catalog)) expect(serviceFacts.parse(facts)).toEqual(facts);
  });

  test('windows and notifications', () => {
    expect(config.maintenance).toEqual([
      {
        name: 'nightly',
        when: { kind: 'cron', cron: '0 3 * * mon-fri', duration: 1_800_000 },
        timeZone: 'Europe/Berlin',
        monitors: ['home', 'db'],
      },
      {
        name: 'move',
        when: { kind: 'once', from: Date.UTC(2026, 11, 1, 9), to: Date.UTC(2026, 11, 1, 11) },
        timeZone: 'Europe/Berlin',
        monitors: [],
      },
      {
        name: 'short',
        when: { kind: 'once', from: Date.UTC(2026, 6, 1, 10, 0, 30), to: Date.UTC(2026, 6, 1, 11, 0, 30) },
        timeZone: 'UTC',
        monitors: [],
      },
    ]);
    expect(config.notifications.map(({ name, kind, target, on, group }) => [name, kind, target, on, group])).toEqual([
      ['ops', 'slack', [], ['down', 'recovered', 'deployed'], 60_000],
      ['telegram', 'telegram', ['-100123'], watchDefaults.on, 30_000],
      ['ntfy', 'ntfy', ['https://ntfy.example.test/shop'], watchDefaults.on, 30_000],
      ['email', 'email', ['ops@example.test'], watchDefaults.on, 30_000],
      ['webhook', 'webhook', ['https://hooks.example.test/x'], watchDefaults.on, 30_000],
    ]);
    expect(config.notifications[3]?.smtp).toEqual({
      host: 'mail.example.test',
      port: 465,
      user: 'hearth',
      from: 'hearth@example.test',
      tls: 'implicit',
    });
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });

  test('the example in the README is a whole file that nothing is wrong with', () => {
    const readme = readFileSync(path.resolve(import.meta.dirname, '../../../README.md'), 'utf8');
    const example = readme.slice(readme.indexOf('### All of `hearth.yaml`')).match(/```yaml\n([\s\S]*?)```/)?.[1] ?? '';
    expect(configOf(example).monitors.map(({ check: { kind } }) => kind)).toEqual(
      expect.arrayContaining(['http', 'tcp', 'ping', 'tls', 'dns', 'snmp', 'docker', 'push', 'command']),
    );
  });

  test('a file that deploys nothing may watch', () => {
    expect(problemsOf('version: 1\nmonitors: [{ name: a, ping: 192.0.2.1 }]\n')).toEqual([]);
  });

  test('an environment is explained with its monitors and the facts of its services', () => {
    const { rows } = explainEnvironment(config, parseHearth(whole, 'shop').yaml, 'production', 'web');
    const row = (key: string) => rows.find((each) => each.key === key);
    expect(row('services.web.owner')).toEqual({ key: 'services.web.owner', value: 'team shop', origin: { kind: 'file', line: 9 } });
    expect(row('monitors.home.interval')).toMatchObject({ value: '30s', origin: { kind: 'file', line: 20 } });
    expect(row('services.web.depends_on')).toMatchObject({ value: '[api, pay]', origin: { kind: 'file', line: 7 } });
    expect(row('monitors.home.inverted')).toBeUndefined();
    expect(rows.filter(({ key }) => key.startsWith('monitors.') && !key.startsWith('monitors.home.'))).toEqual([]);
    const all = explainEnvironment(config, parseHearth(whole, 'shop').yaml, 'production').rows;
    expect(all.filter(({ key }) => key.startsWith('monitors.script.'))).toEqual([]);
    expect(all.find(({ key }) => key === 'monitors.container.interval')).toMatchObject({ value: '1m', origin: { kind: 'default' } });
  });

  test('a difference names the monitor, wherever it stands', () => {
    const moved = whole
      .replace('incidents: { settle: 1m }\n', '')
      .replace('interval: 30s', 'interval: 20s')
      .replace('  - { name: beat, push: true }\n', '');
    const turned = moved.replace('monitors:\n', 'monitors:\n  - { name: beat, push: true }\n');
    expect(differenceOf(whole, turned)).toEqual([
      { key: 'monitors.home.interval', kind: 'changed', from: '30s', to: '20s' },
      { key: 'incidents.settle', kind: 'removed', from: '1m' },
    ]);
    expect(differenceOf('monitors: [1, { a: b }]\n', 'monitors: [{ a: b }]\n').map(({ key }) => key)).toEqual(['monitors']);
  });
});

test('whatever stands there, it is read without an exception; what is read keeps to the contract', () => {
  const words = whole.split(/(?<=[\s:,{}[\]"])/);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 30 }), fc.nat(), (inserted, at) => {
      const place = at % whole.length;
      const { config } = parseHearth(whole.slice(0, place) + inserted.join('') + whole.slice(place + inserted.length), 'shop');
      for (const each of config?.monitors ?? []) {
        expect(check.parse(each.check)).toEqual(each.check);
        expect(monitorSettings.parse(each.settings)).toEqual(each.settings);
      }
      for (const { facts } of Object.values(config?.catalog ?? {})) expect(serviceFacts.parse(facts)).toEqual(facts);
    }),
    { numRuns: 100 },
  );
});
