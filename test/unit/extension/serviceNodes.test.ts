// Rows of the Services view, what the status item would say, and what a person types as a check, made from answers as the hub gives them.
import { describe, expect, test, vi } from 'vitest';
import type { Watched } from '../../../extension/monitor/serviceStates.ts';
import type { TreeNode } from '../../../extension/ui/treeNode.ts';
import type { StatusRow } from '../../../server/protocol/deployTypes.ts';
import type { HealthState } from '../../../server/protocol/health.ts';
import type { Incident } from '../../../server/protocol/incident.ts';
import type { MonitorRow, MonitorState } from '../../../server/protocol/monitorTypes.ts';

vi.mock('vscode', async () => (await import('../../support/vscodeRows.ts')).vscodeRows);

const { readState, rowsOf } = await import('../../../extension/monitor/serviceRows.ts');
const { barsOf, monitorWords, percentOf } = await import('../../../extension/monitor/monitorWords.ts');
const { describeCheck, nameFrom } = await import('../../../extension/monitor/checkText.ts');
const { summaryOf } = await import('../../../extension/deploy/deployHealth.ts');
const { monitorKinds } = await import('../../../extension/monitor/monitorEvents.ts');
const { catalogKinds } = await import('../../../extension/catalog/catalogEvents.ts');

const healths: Record<MonitorState, HealthState> = {
  unknown: 'unknown',
  up: 'healthy',
  pending: 'pending',
  down: 'down',
  paused: 'paused',
  maintenance: 'maintenance',
  unobserved: 'unobserved',
};
const hostile = '<b>x</b> $(trash) [y](command:workbench.action.quit)\u202e';

function monitor(name: string, state: MonitorState, more: Partial<MonitorRow> = {}): MonitorRow {
  return {
    id: `id${name}`.padEnd(12, '0'),
    name,
    service: 'web',
    environment: 'production',
    kind: 'http',
    target: 'https://shop.example.test/',
    source: 'file',
    orphan: null,
    state,
    health: { state: healths[state], since: Date.now() - 300_000 },
    failures: state === 'pending' ? 1 : 0,
    failuresToBeDown: 2,
    milliseconds: state === 'up' ? 84.4 : null,
    certificate: null,
    uptime24h: 1,
    incident: null,
    beats: 'uuuuuupdum',
    ...more,
  };
}

function service(
  name: string,
  monitors: MonitorRow[],
  more: Partial<Watched['services'][number]['entry']> = {},
): Watched['services'][number] {
  return {
    entry: {
      name,
      source: 'file',
      type: 'web',
      owner: null,
      lifecycle: 'production',
      description: null,
      links: [],
      runbook: null,
      dependsOn: [],
      dependedOnBy: [],
      missing: [],
      orphan: null,
      line: 3,
      created: 0,
      updated: 0,
      ...more,
    },
    status: { health: { state: 'unknown', since: 0 }, environments: [], monitors: monitors.map(({ id }) => id), incidents: [] },
  };
}

function incident(number: number, more: Partial<Incident> = {}): Incident {
  return {
    id: `incident${number}`,
    number,
    title: 'web does not answer',
    state: 'investigating',
    severity: 'major',
    source: 'monitor',
    services: ['web'],
    environment: 'production',
    monitors: [{ id: 'idhome000000', name: 'home', joined: 0, recovered: null }],
    deployment: null,
    commit: null,
    item: null,
    runbook: null,
    started: Date.now() - 300_000,
    acknowledged: null,
    resolved: null,
    mergedInto: null,
    postmortem: null,
    ...more,
  };
}

function watched(monitors: MonitorRow[], more: Partial<Watched> = {}): Watched {
  return { project: 'p', services: [], cycles: [], monitors, more: 0, incidents: [], unapplied: false, ...more };
}

const icon = (node: TreeNode | undefined): string => (node?.item().iconPath as { id: string } | undefined)?.id ?? '';
const labels = (nodes: readonly TreeNode[]): string[] => nodes.map((node) => String(node.item().label));

describe('rows', () => {
  test('a service shows the beats of the monitor that needs the eye most, and what it does now', () => {
    const words = (state: MonitorState, more: Partial<MonitorRow> = {}) => monitorWords(monitor('home', state, more));
    expect(words('up')).toBe('▁▁▁▁▁▄█▁▂ 84 ms');
    expect(words('up', { milliseconds: 1234 })).toBe('▁▁▁▁▁▄█▁▂ 1.2 s');
    expect(words('pending')).toBe('▁▁▁▁▁▄█▁▂ retrying 1/2');
    expect(words('down')).toBe('▁▁▁▁▁▄█▁▂ down · 5 minutes ago');
    expect(words('down', { health: { state: 'down', since: Date.now() } })).toBe('▁▁▁▁▁▄█▁▂ down');
    expect(words('paused')).toBe('paused');
    expect(words('unknown', { beats: '' })).toBe('not looked at yet');
    expect(barsOf('on')).toBe('··');
    const all = [monitor('home', 'up'), monitor('deep', 'down')];
    const [row] = rowsOf(undefined, '/r', watched(all, { services: [service('web', all)] }));
    expect(icon(row)).toBe('error');
    expect(row?.item().description).toBe('▁▁▁▁▁▄█▁▂ down · 5 minutes ago');
    expect(row?.item().accessibilityInformation?.label).toBe('web, down, down · 5 minutes ago, 2 monitors');
    expect(row?.item().contextValue).toBe('service file monitored active');
    // What the file does not have any more says nothing of a service that is there.
    const [one] = rowsOf(
      undefined,
      '/r',
      watched([monitor('home', 'up', { orphan: 5 })], { services: [service('web', [monitor('home', 'up', { orphan: 5 })])] }),
    );
    expect([one?.item().description, one?.item().accessibilityInformation?.label]).toEqual([
      'not watched',
      'web, health not known yet, not watched',
    ]);
  });

  test('every state has a symbol of its own kind, not a colour alone', async () => {
    const symbol = (state: MonitorState) => {
      const all = [monitor('home', state)];
      return icon(rowsOf(undefined, '/r', watched(all, { services: [service('web', all)] }))[0]);
    };
    const found = (['up', 'pending', 'down', 'paused', 'maintenance', 'unknown'] as const).map(symbol);
    expect(found).toEqual(['circle-filled', 'color-mode', 'error', 'debug-pause', 'tools', 'circle-large-outline']);
    expect(new Set(found).size).toBe(found.length);
  });

  test('incidents come first, orphans last, and monitors of no service are rows of their own', async () => {
    const own = monitor('home', 'up');
    const gone = monitor('old', 'unknown', { service: 'legacy', orphan: 5 });
    const loose = monitor('partner', 'up', { service: null, environment: null });
    const all = watched([own, gone, loose], {
      services: [service('legacy', [gone], { orphan: 5 }), service('web', [own]), service('docs', [], { type: 'site' })],
      incidents: [incident(7), incident(8, { acknowledged: { time: 0, actor: 'ada' } })],
      more: 3,
    });
    const rows = rowsOf(undefined, '/r', all);
    expect(labels(rows)).toEqual(['Incidents', 'web', 'docs', 'partner', 'legacy', '… and 3 more monitors']);
    expect(rows.map((each) => each.item().description)).toEqual([
      '2',
      expect.any(String),
      '(static)',
      expect.any(String),
      'not in hearth.yaml any more',
      undefined,
    ]);
    const [first, second] = (await rows[0]?.children()) ?? [];
    expect(first?.item().label).toBe('I-7 web does not answer');
    expect(first?.item().description).toBe('investigating · major · 5 minutes ago');
    expect(first?.item().contextValue).toBe('incident investigating');
    expect(second?.item().contextValue).toBe('incident investigating acknowledged');
    expect([icon(first), icon(second)]).toEqual(['flame', 'eye']);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  test('a service opens to its monitors, what it needs, and its links', async () => {
    const own = monitor('home', 'up');
    const links = [{ title: 'Grafana', url: 'https://grafana.example.test/d/1', kind: 'dashboard' as const }];
    const [row] = rowsOf(undefined, '/r', watched([own], { services: [service('web', [own], { links, dependsOn: ['api', 'db'] })] }));
    const parts = (await row?.children()) ?? [];
    expect(labels(parts)).toEqual(['home', 'needs api, db', 'Grafana']);
    expect(parts.map((each) => each.item().command?.command)).toEqual([
      'hearth.monitor.openService',
      'hearth.catalog.openMap',
      'hearth.catalog.openLink',
    ]);
    expect(parts[2]?.item().command?.arguments).toEqual([{ repository: '/r', url: links[0]?.url, title: 'Grafana', kind: 'dashboard' }]);
  });

  test('names out of a repository stay text', async () => {
    const own = monitor('home', 'down', { target: hostile, health: { state: 'down', since: 0, message: hostile } });
    const [incidents, row] = rowsOf(
      undefined,
      '/r',
      watched([own], {
        services: [service('web', [own], { description: hostile, owner: hostile })],
        incidents: [incident(1, { title: hostile })],
      }),
    );
    const [first] = (await incidents?.children()) ?? [];
    const [part] = (await row?.children()) ?? [];
    for (const node of [row, first, part]) {
      const text = (await node?.tooltip({} as never))?.value ?? '';
      expect(text).not.toMatch(/[^\\]\]\(command:/);
      expect(text).not.toMatch(/(^|[^\\])<b/);
    }
    expect(String(first?.item().label)).not.toContain('\u202e');
  });

  test('the welcome knows a file that nobody applied', () => {
    expect(readState([watched([])])).toBe('empty');
    expect(readState([watched([], { unapplied: true })])).toBe('unapplied');
    expect(readState([watched([monitor('home', 'up')]), watched([])])).toBe('shown');
  });

  test('uptime is never rounded up to what it was not', () => {
    expect([1, 0.99999, 0.9995, 0].map(percentOf)).toEqual(['100 %', '99.99 %', '99.95 %', '0.00 %']);
  });
});

describe('the status item', () => {
  const live = (name: string, state: HealthState): StatusRow =>
    ({
      environment: 'production',
      service: name,
      release: 'r',
      state: 'live',
      health: { state, since: 0 },
      running: null,
      crashLoop: false,
    }) as StatusRow;
  const of = (services: StatusRow[], monitors: MonitorRow[] = [], incidents: Incident[] = []) =>
    summaryOf({ environments: [{ name: 'production' }, { name: 'staging' }], services, monitors, incidents });

  test('what is deployed and watched counts once, with the worse of both', () => {
    expect(of([live('web', 'healthy'), live('api', 'healthy')], [monitor('home', 'down')])).toMatchObject({
      state: 'down',
      healthy: 1,
      live: 2,
    });
    expect(of([], [monitor('home', 'up'), monitor('deep', 'pending')])).toMatchObject({
      environment: 'production',
      state: 'pending',
      healthy: 0,
      live: 1,
    });
  });

  test('monitors of no environment stand under none; those that nobody looks at count nowhere', () => {
    expect(of([], [monitor('partner', 'up', { service: null, environment: null })])).toMatchObject({
      environment: '',
      healthy: 1,
      live: 1,
    });
    expect(of([], [monitor('home', 'paused'), monitor('old', 'down', { orphan: 1 }), monitor('new', 'unknown')])).toBeUndefined();
  });

  test('a service that only Docker is asked about and that is not deployed counts nowhere; an address that nobody can see does', () => {
    for (const state of ['unobserved', 'up'] as const) expect(of([], [monitor('home', state, { kind: 'docker' })])).toBeUndefined();
    expect(of([live('web', 'healthy')], [monitor('home', 'unobserved', { kind: 'docker' })])).toMatchObject({ state: 'healthy', live: 1 });
    expect(of([], [monitor('home', 'unobserved')])).toMatchObject({ state: 'unobserved', live: 1 });
    expect(of([live('web', 'healthy')], [monitor('home', 'unobserved')])).toMatchObject({ state: 'healthy', healthy: 1 });
  });

  test('an open incident about what is down names it until it recovers', () => {
    const services = [live('web', 'down'), live('api', 'healthy')];
    expect(of(services, [], [incident(1)])?.broken).toEqual(['web']);
    expect(of(services, [], [incident(1, { state: 'monitoring' })])?.broken).toEqual([]);
    expect(of(services, [], [incident(1, { environment: 'staging' })])?.broken).toEqual([]);
    const recovered = [{ id: 'x', name: 'home', joined: 0, recovered: 9 }];
    expect(of(services, [], [incident(1, { monitors: recovered })])?.broken).toEqual([]);
  });

  test('among environments that are down the one with an incident is shown', () => {
    const staging = monitor('home', 'down', { environment: 'staging' });
    expect(of([live('web', 'down')], [staging], [incident(1, { environment: 'staging' })])?.environment).toBe('staging');
  });
});

describe('a check as it is typed', () => {
  test.each([
    ['https://shop.example.test/healthz', { kind: 'http', url: 'https://shop.example.test/healthz' }],
    ['db.example.test:5432', { kind: 'tcp', host: 'db.example.test', port: 5432 }],
    ['[::1]:53', { kind: 'tcp', host: '[::1]', port: 53 }],
    ['tls shop.example.test', { kind: 'tls', host: 'shop.example.test', port: 443 }],
    ['tls shop.example.test:8443', { kind: 'tls', host: 'shop.example.test', port: 8443 }],
    ['ping 192.0.2.1', { kind: 'ping', host: '192.0.2.1' }],
    ['dns example.test', { kind: 'dns', name: 'example.test' }],
    ['push', { kind: 'push' }],
  ])('%s', (text, check) => {
    expect(describeCheck(text)).toMatchObject({ check });
  });

  test('what must hold may stand behind the address', () => {
    expect(describeCheck('https://shop.example.test/ status == 200, time < 500ms')).toMatchObject({
      assert: ['status == 200', 'time < 500ms'],
    });
    expect(describeCheck('https://shop.example.test/')).toMatchObject({ assert: ['status < 400'] });
  });

  test.each(['db.example.test', 'ping -c9', 'tls', 'ftp://x/', 'https://ada:secret@example.test/', 'a b c', 'host:99999'])(
    '%s is refused',
    (text) => {
      expect(describeCheck(text)).toHaveProperty('problem');
    },
  );

  test('a name is made of it that nobody has', () => {
    const valid = /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/;
    expect(nameFrom('Shop.Example.test', new Set())).toBe('shop.example.test');
    expect(nameFrom('shop', new Set(['shop', 'shop-2']))).toBe('shop-3');
    for (const target of ['::1', '-', 'x'.repeat(200), '_a_']) expect(nameFrom(target, new Set())).toMatch(valid);
  });
});

test('events of monitors, incidents and services read as sentences', () => {
  const kinds = { ...monitorKinds(), ...catalogKinds() };
  const say = (kind: string, payload: Record<string, unknown>, id = 'id') => kinds[kind]?.sentence(payload, id);
  expect(say('incident opened', { number: 7, title: 'web is down' })).toBe('I-7 web is down');
  expect(say('incident state', { number: 7, title: 'web is down', to: 'monitoring' })).toBe('I-7 web is down: monitoring');
  expect(say('notification sent', { title: 'web is down' }, 'ops')).toBe('ops was told: web is down');
  expect(say('service changed', { name: 'web', fields: ['owner', 'links'], change: 'Ada answers for it' }, 'web')).toBe(
    'Service web changed (owner, links): Ada answers for it',
  );
});
