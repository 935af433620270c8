// The catalog in a real store: what Apply makes of it, what people may write by hand, how services are.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { save } from '../../../server/catalog/edit.ts';
import { entriesOf } from '../../../server/catalog/entries.ts';
import { applyCatalog, needs } from '../../../server/catalog/index.ts';
import { readRecords } from '../../../server/catalog/records.ts';
import { type HealthSources, statusesOf } from '../../../server/catalog/status.ts';
import { parseHearth } from '../../../server/config/hearthParser.ts';
import type { CatalogEntry } from '../../../server/protocol/catalog.ts';
import type { Health } from '../../../server/protocol/health.ts';
import { author, openState, type TestState } from '../../support/stateStore.ts';

const project = 'p';
const text = `version: 1
services:
  web: { image: x, depends_on: [api], owner: team shop }
  api: { image: x, depends_on: [pay] }
catalog:
  pay: { owner: Payments Inc }
environments: { production: {} }
`;

let state: TestState;
beforeEach(async () => {
  state = await openState();
  await state.store.write(author, (tx) => tx.run("insert into projects (id, name, created) values ('p', 'shop', 0)"));
});
afterEach(() => state.close());

async function apply(given: string): Promise<void> {
  const { config, problems } = parseHearth(given, 'shop');
  if (config === undefined) throw new Error(JSON.stringify(problems));
  state.clock += 1000;
  await state.store.write(author, (tx) => applyCatalog(tx, project, config));
}

const entries = (): Promise<CatalogEntry[]> => state.store.read((reader) => entriesOf(readRecords(reader, project)));
const entry = async (name: string) => (await entries()).find((each) => each.name === name);
const events = () =>
  state.store.read((reader) =>
    reader
      .all<{ id: string; kind: string; payload: string }>(
        "select entity_id as id, kind, payload from events where entity = 'service' order by sequence",
      )
      .map(({ id, kind, payload }) => ({ id, kind, ...(JSON.parse(payload) as { fields?: string[]; replaced?: object }) })),
  );

describe('apply', () => {
  test('brings every service, with its dependencies in both directions', async () => {
    await apply(text);
    expect(await entry('api')).toEqual({
      name: 'api',
      source: 'file',
      type: 'other',
      owner: null,
      lifecycle: 'production',
      description: null,
      links: [],
      runbook: null,
      dependsOn: ['pay'],
      dependedOnBy: ['web'],
      missing: [],
      orphan: null,
      line: 4,
      created: state.clock,
      updated: state.clock,
    });
    expect((await entry('pay'))?.type).toBe('external');
    expect(await state.store.read((reader) => Object.fromEntries(needs(reader, project)))).toEqual({ api: ['pay'], pay: [], web: ['api'] });
    expect((await events()).map(({ id, kind }) => `${id} ${kind}`)).toEqual(['web added', 'api added', 'pay added']);
  });

  test('once more changes nothing; what moved only has another line', async () => {
    await apply(text);
    const before = await entry('web');
    await apply(text);
    expect(await entry('web')).toEqual(before);
    await apply(text.replace('services:', '\nservices:'));
    expect(await entry('web')).toEqual({ ...before, line: 4 });
    expect(await events()).toHaveLength(3);
  });

  test('makes an orphan of what is gone, and takes it back under its name', async () => {
    await apply(text);
    const first = await entry('pay');
    await apply(text.replace(', depends_on: [pay]', '').replace('  pay: { owner: Payments Inc }\n', ''));
    expect(await entry('pay')).toMatchObject({ orphan: state.clock, line: null, owner: 'Payments Inc', created: first?.created });
    const gone = state.clock;
    await apply(text.replace(', depends_on: [pay]', '').replace('  pay: { owner: Payments Inc }\n', ''));
    expect((await entry('pay'))?.orphan).toBe(gone);
    await apply(text.replace('Payments Inc', 'Other Inc'));
    expect(await entry('pay')).toMatchObject({ orphan: null, owner: 'Other Inc', created: first?.created, updated: state.clock });
    expect((await events()).filter(({ id }) => id === 'pay').map(({ kind, fields }) => [kind, fields])).toEqual([
      ['added', undefined],
      ['orphaned', undefined],
      ['back', ['owner']],
    ]);
  });

  test('what is an orphan needs nothing any more', async () => {
    await apply(text);
    await apply(text.replace(/^ {2}web: .*\n/m, ''));
    expect(await entry('web')).toMatchObject({ orphan: state.clock, dependsOn: ['api'] });
    expect((await entry('api'))?.dependedOnBy).toEqual([]);
    const edges = await state.store.read((reader) => needs(reader, project));
    expect(edges.get('web')).toEqual([]);
  });

  test('takes over what was added by hand, and keeps a trace of what was written', async () => {
    await state.store.write(author, (tx) =>
      save(tx, project, { name: 'pay', facts: { owner: 'Ada', runbook: 'docs/pay.md' }, change: 'We need it', seen: null }),
    );
    await apply(text);
    expect(await entry('pay')).toMatchObject({ source: 'file', owner: 'Payments Inc', runbook: null });
    expect((await events()).filter(({ id }) => id === 'pay').at(-1)).toMatchObject({
      kind: 'changed',
      fields: ['owner', 'runbook', 'type'],
      replaced: { owner: 'Ada', runbook: 'docs/pay.md' },
    });
  });

  test('leaves what was added by hand alone, and says what is not there', async () => {
    await state.store.write(author, (tx) =>
      save(tx, project, { name: 'crm', facts: { dependsOn: ['api', 'nowhere'] }, change: 'We have it', seen: null }),
    );
    await apply(text);
    await apply(text.replace(', owner: team shop', ''));
    expect(await entry('crm')).toMatchObject({ source: 'manual', orphan: null, dependsOn: ['api', 'nowhere'], missing: ['nowhere'] });
    expect((await entry('api'))?.dependedOnBy).toEqual(['crm', 'web']);
    const edges = await state.store.read((reader) => needs(reader, project));
    expect(edges.get('crm')).toEqual(['api']);
  });
});

describe('how services are', () => {
  const health = (word: Health['state'], since = 5): Health => ({ state: word, since });
  const sources = (monitored: Record<string, Health>, deployed: Record<string, Health> = {}): HealthSources => ({
    healthOf: (_reader, _project, service, environment) => monitored[`${service} ${environment ?? '-'}`],
    deployedHealth: (id) => deployed[id] ?? health('unknown'),
  });

  async function rows(): Promise<void> {
    await state.store.write(author, (tx) => {
      for (const [id, service, environment, word] of [
        ['m1', 'web', 'production', 'up'],
        ['m2', 'web', 'production', 'down'],
        ['m3', 'web', null, 'up'],
        ['m4', 'pay', null, 'up'],
        ['m5', 'pay', null, 'down'],
      ] as const) {
        tx.run(
          `insert into monitors (id, project, name, service, environment, source, spec, settings, paused, created, updated)
           values (?, 'p', ?, ?, ?, 'file', '{}', '{}', 0, 0, 0)`,
          [id, id, service, environment],
        );
        tx.run(
          "insert into monitor_states (monitor, state, since, failures, successes, certificate_told, suppressed) values (?, ?, 0, 0, 0, '[]', 0)",
          [id, word],
        );
      }
      tx.run("update monitors set orphan = 1 where id = 'm5'");
      for (const [id, environment, word] of [
        ['d1', 'production', 'live'],
        ['d2', 'staging', 'live'],
        ['d3', 'preview', 'retired'],
      ]) {
        tx.run(
          `insert into deployments (id, run, project, project_name, environment, service, engine, repository, commit_id, subject, config,
             overrides, spec_hash, phase, state, actor, created, fence, resumed, canceling, phase_times, probes, containers, url, crashes, crash_loop)
           values (?1, 'r', 'p', 'shop', ?2, 'web', 'local', '/r', 'c', 's', '{}', '{}', 'h', 'live', ?3, 'cli', 0, 1, 0, 0, '[]', '[]', '[]',
             'http://web.test', '[]', 0)`,
          [String(id), String(environment), String(word)],
        );
      }
      tx.run(
        `insert into incidents (id, project, number, title, state, severity, source, services, started)
         values ('i1', 'p', 1, 'x', 'investigating', 'major', 'monitor', '["web","api"]', 0),
                ('i2', 'p', 2, 'x', 'resolved', 'major', 'monitor', '["web"]', 0)`,
      );
      tx.run("update incidents set resolved = 1 where id = 'i2'");
    });
  }

  test('the worst of monitors and deployer counts, for each environment and over all', async () => {
    await apply(text);
    await rows();
    const seen = { 'web production': health('down', 7), 'web -': health('healthy'), 'pay -': health('healthy', 3) };
    const from = sources(seen, { d1: health('pending', 8), d2: health('healthy', 9) });
    const statuses = await state.store.read((reader) => statusesOf(reader, project, readRecords(reader, project), from));
    expect(statuses.get('web')).toEqual({
      health: health('down', 7),
      environments: [
        { environment: 'production', health: health('down', 7), deployment: 'd1', commit: 'c', url: 'http://web.test' },
        { environment: 'staging', health: health('healthy', 9), deployment: 'd2', commit: 'c', url: 'http://web.test' },
      ],
      monitors: ['m2', 'm1', 'm3'],
      incidents: ['i1'],
    });
    expect(statuses.get('pay')).toEqual({ health: health('healthy', 3), environments: [], monitors: ['m4'], incidents: [] });
    expect(statuses.get('api')).toMatchObject({ health: { state: 'unknown' }, incidents: ['i1'], monitors: [] });
  });
});
