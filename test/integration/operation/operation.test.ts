// A hub in the foreground as those see it who look after it: Prometheus, curl, `hearth logs`, `hearth doctor`.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../../server/operation/doctor/types.ts';
import { list as listEvents } from '../../../server/protocol/events.ts';
import type { InputOf } from '../../../server/protocol/message.ts';
import { addMonitor, showMonitor } from '../../../server/protocol/monitor.ts';
import { logs } from '../../../server/protocol/operation.ts';
import { info } from '../../../server/protocol/store.ts';
import { create, show } from '../../../server/protocol/work.ts';
import { jsonLines, startCli } from '../../support/cli.ts';
import { which } from '../../support/dockerEngine.ts';
import { freePort } from '../../support/freePort.ts';
import { HubHome } from '../../support/hub.ts';
import { until } from '../../support/processes.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import type { TestServer } from '../../support/server.ts';

const ci = process.env['HEARTH_CI'] === '1';
/** Debian's; in CI they must be there. */
const withPrometheus = ci || which('prometheus') !== undefined ? test : test.skip;
const withPromtool = ci || which('promtool') !== undefined ? test : test.skip;

let place: HubHome;
let repository: Repository;
let port = 0;
let serving: ReturnType<typeof startCli>;
let window: TestServer;

beforeAll(async () => {
  place = new HubHome();
  repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.commit('One');
  mkdirSync(place.path, { mode: 0o700 });
  writeFileSync(path.join(place.path, 'settings.json'), '{"log": {"levels": {"events": "warn"}}, "metrics": {"colour": 1}}');
  port = await freePort();
  serving = startCli(['serve', '--metrics-port', String(port), '--json'], { env: place.env });
  await until(async () => (await ask('/healthz').catch(() => undefined))?.status === 200);
  window = await place.window();
});
afterAll(async () => {
  serving.kill('SIGINT');
  await new Promise((resolve) => serving.once('exit', resolve));
  await place.dispose();
  repository.dispose();
});

const token = () => readFileSync(path.join(place.path, 'metrics-token'), 'utf8').trim();

async function ask(
  where: string,
  { authorization = `Bearer ${token()}`, ...more }: RequestInit & { authorization?: string } = {},
): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${where}`, { ...more, headers: { authorization, connection: 'close' } });
}

const metrics = async () => (await ask('/metrics')).text();
/** Value of a sample; undefined when there is none. */
const sample = (text: string, name: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};

test('only who has the token reads metrics and health; the file is for its user alone', async () => {
  expect(statSync(path.join(place.path, 'metrics-token')).mode & 0o777).toBe(0o600);
  for (const where of ['/metrics', '/healthz']) {
    for (const authorization of ['', 'Bearer wrong', `Basic ${token()}`, `Bearer ${token()}x`]) {
      const refused = await ask(where, { authorization });
      expect(refused.status).toBe(401);
      expect(await refused.text()).not.toContain(token());
    }
    expect((await ask(where, { method: 'POST' })).status).toBe(405);
  }
  const health = await ask('/healthz');
  expect(health.headers.get('content-type')).toContain('application/json');
  expect(await health.json()).toMatchObject({ ok: true, store: { schema: expect.any(Number) } });
  for (const where of ['/', '//', '/metrics/x', '/push/', '/push/short', `/push/${'a'.repeat(32)}`, '/%00', '/../metrics-token']) {
    expect((await ask(where)).status, where).toBe(404);
  }
});

describe('with a push monitor', () => {
  let address = '';

  beforeAll(async () => {
    await window.send(addMonitor, {
      ...{ repository: repository.root, name: 'nightly-backup', check: { kind: 'push', grace: 3_600_000 } },
      settings: { failures: 1, successes: 1, retryInterval: 1000 },
    });
    const { push } = await window.send(showMonitor, { repository: repository.root, monitor: 'nightly-backup' });
    expect(push).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/push/[\\w-]{20,}$`));
    address = new URL(push ?? '').pathname;
  });

  test('what calls in over HTTP is what the metrics say', async () => {
    expect((await ask(`${address}?status=up&msg=fine&ping=120`, { authorization: '' })).status).toBe(200);
    await expect.poll(async () => sample(await metrics(), 'hearth_monitor_up')).toBe(1);
    const text = await metrics();
    expect(text).toContain('hearth_monitor_state{project="');
    expect(text).toMatch(/hearth_monitor_up\{project="[^"]+",monitor="nightly-backup",service="",environment="",kind="push"\} 1/);
    expect(sample(text, 'hearth_monitor_response_seconds')).toBe(0.12);
    expect(sample(text, 'hearth_monitors_active')).toBe(1);

    const told = { method: 'POST', authorization: '', body: '{"ok": false, "message": "disk \\u001b[31mfull\\nnow"}' };
    expect((await ask(address, told)).status).toBe(200);
    await expect.poll(async () => sample(await metrics(), 'hearth_monitor_up')).toBe(0);
    const { row } = await window.send(showMonitor, { repository: repository.root, monitor: 'nightly-backup' });
    expect(row.health.message).toBe('disk  [31mfull now');
    await expect.poll(async () => sample(await metrics(), 'hearth_incidents_open')).toBe(1);

    // A slip of the pen is no "up".
    for (const body of ['[', '[1]', 'null', '"down"', '{"ok": "no"}', '{"ok": true, "milliseconds": 1e20}'])
      expect((await ask(address, { method: 'POST', body })).status).toBe(400);
    for (const query of ['status=fail', 'status=', 'ping=1e20', 'ping=-1', 'ping=x'])
      expect((await ask(`${address}?${query}`)).status).toBe(400);
    expect(sample(await metrics(), 'hearth_monitor_up')).toBe(0);
    expect((await ask(address, { method: 'POST', body: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await ask(address, { method: 'DELETE' })).status).toBe(405);
  });

  withPromtool('promtool accepts them', async () => {
    const checked = execFileSync('promtool', ['check', 'metrics'], {
      input: await metrics(),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    expect(checked).toBe('');
  });

  withPrometheus("Debian's Prometheus scrapes them with the token's file", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hearth-prometheus-'));
    const at = await freePort();
    const file = path.join(folder, 'prometheus.yml');
    writeFileSync(
      file,
      `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: hearth
    authorization: { credentials_file: ${path.join(place.path, 'metrics-token')} }
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
`,
    );
    const args = [
      `--config.file=${file}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${at}`,
      '--log.level=error',
    ];
    const prometheus = spawn('prometheus', args, { stdio: 'ignore' });
    const ended = new Promise((resolve) => prometheus.once('exit', resolve));
    try {
      const query = async (expression: string): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
        const response = await fetch(`http://127.0.0.1:${at}/api/v1/query?query=${encodeURIComponent(expression)}`).catch(() => undefined);
        if (response?.ok !== true) return [];
        return ((await response.json()) as { data: { result: [] } }).data.result;
      };
      await expect.poll(async () => (await query('up{job="hearth"} == 1')).length, { timeout: 60_000 }).toBe(1);
      // A later scrape that takes longer than the second it has takes every sample away until the next one.
      await expect
        .poll(() => query('hearth_monitor_state'))
        .toMatchObject([{ metric: { monitor: 'nightly-backup', kind: 'push' }, value: [expect.any(Number), '1'] }]);
      await expect.poll(async () => (await query('hearth_store_changes_total > 0')).length).toBe(1);
    } finally {
      prometheus.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

describe('the log', () => {
  const search = async (question: Partial<InputOf<typeof logs>> = {}) =>
    (await window.send(logs, { level: 'debug', ...question })).lines ?? [];
  const printed = async (...args: string[]) => jsonLines((await place.cli(['logs', '--json', '--repo', repository.root, ...args])).stdout);

  test('is searched by what it belongs to: a work item, a request, a level, a silenced domain', async () => {
    const at = { repository: repository.root };
    const { item } = await window.send(create, { ...at, title: 'Faster', type: 'feature' });
    await window.send(create, { ...at, title: 'Slower', type: 'feature' });
    const failed = await window.send(show, { ...at, id: 999 }).catch((error: Error) => error.message);
    const { events } = await window.send(listEvents, { entity: 'item' });
    const own = events.find(({ entityId }) => entityId === String(item.id));

    const of = await search({ ...at, item: item.id });
    expect(of).toMatchObject([{ domain: 'work', fields: { method: 'work/create' }, correlation: own?.correlationId }]);
    expect(await printed('--item', String(item.id), '--level', 'debug')).toEqual(of);
    expect(await search({ correlation: own?.correlationId ?? '' })).toEqual(of);
    expect((await search({ domain: 'work', level: 'info' })).map(({ text }) => text)).toEqual([failed]);
    // settings.json says warnings only of this one.
    expect(await search({ domain: 'events' })).toEqual([]);
    expect(await printed('--domain', 'operation', '--text', 'METRICS AND HEALTH')).toMatchObject([
      { level: 'info', text: 'metrics and health are served', fields: { url: `http://127.0.0.1:${port}` } },
    ]);
    expect((await search({ level: 'warn' })).map(({ text }) => text)).toContain(
      'settings.json: "metrics.colour" is no setting of this version; it has: port.',
    );
    const { lines, more } = await window.send(logs, { level: 'debug', limit: 3 });
    expect({ count: lines?.length, more }).toEqual({ count: 3, more: true });
    expect(place.log()).not.toContain(token());
  });

  test('`--deployment` and `--item` of nothing are refused in a sentence', async () => {
    const refused = await place.cli(['logs', '--deployment', '0mf3k2', '--repo', repository.root]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no deployment 0mf3k2 here.') });
    expect(await place.cli(['logs', '--level', 'loud'])).toMatchObject({ code: 2 });
  });

  test('`--follow` shows what is written from now on', async () => {
    const following = startCli(['logs', '--follow', '--level', 'debug', '--domain', 'store', '--json'], { env: place.env });
    let text = '';
    following.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    const ended = new Promise((resolve) => following.once('exit', resolve));
    await until(async () => {
      await window.send(info, {});
      return text.includes('"method":"store/info"');
    });
    following.kill('SIGINT');
    expect(await ended).toBe(130);
  });
});

describe('the doctor', () => {
  const examine = async (
    home: HubHome,
    ...args: string[]
  ): Promise<{ code: number; of: (id: string) => Finding | undefined; text: string }> => {
    const { code, stdout } = await home.cli(['doctor', '--json', '--repo', repository.root, ...args], {
      HTTP_PROXY: 'http://ada:hunter22@proxy.example.test:8080',
    });
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    return { code, of: (id) => findings.find((each) => each.id === id), text: stdout };
  };

  test('says how everything is while a hub runs, without secrets', async () => {
    const { code, of, text } = await examine(place, '--profile');
    expect(code).toBe(0);
    expect(of('hub')).toMatchObject({ state: 'ok', detail: expect.stringContaining(`process ${serving.pid}, serving`) });
    expect(of('settings')).toMatchObject({ state: 'warning', detail: expect.stringContaining('"metrics.colour"') });
    expect(of('metrics')).toMatchObject({ state: 'ok', detail: expect.stringContaining(`http://127.0.0.1:${port}/metrics`) });
    expect(of('store')).toMatchObject({ state: 'ok' });
    expect(of('docker')).toMatchObject({ state: 'warning' });
    expect(of('environment')?.detail).toContain('HTTP_PROXY=http://***@proxy.example.test:8080');
    for (const secret of ['hunter22', token(), readFileSync(path.join(place.path, 'token'), 'utf8').trim()])
      expect(text).not.toContain(secret);
    const { timings } = JSON.parse(text) as { timings: { name: string; milliseconds: number; note?: string }[] };
    expect(timings.map(({ name }) => name)).toEqual(expect.arrayContaining(['disk: write and sync', 'hub: round trip', 'git: status']));
    expect(timings.filter(({ note }) => note?.includes('wrong') === true)).toEqual([]);
  });

  test('starts no hub; finds a damaged store, a foreign key in the settings, files that others can read', async () => {
    const other = new HubHome();
    try {
      const fresh = await examine(other);
      expect(fresh.code).toBe(0);
      expect(fresh.of('hub')).toMatchObject({ state: 'ok', detail: expect.stringContaining('does not run') });
      expect(other.owners()).toEqual([]);

      await other.rpc('project/ensure', { repository: repository.root });
      expect((await examine(other)).of('hub')).toMatchObject({ state: 'ok', detail: expect.stringContaining('started on need') });
      await other.cli(['hub', 'stop']);
      const store = path.join(other.path, 'store');
      for (const snapshot of execFileSync('ls', [path.join(store, 'snapshots')], { encoding: 'utf8' })
        .trim()
        .split('\n')) {
        writeFileSync(path.join(store, 'snapshots', snapshot), 'damaged');
      }
      for (const journal of execFileSync('ls', [path.join(store, 'journal')], { encoding: 'utf8' })
        .trim()
        .split('\n')) {
        rmSync(path.join(store, 'journal', journal));
      }
      writeFileSync(path.join(other.path, 'settings.json'), '{');
      const ill = await examine(other);
      expect(ill.code).toBe(1);
      expect(ill.of('store')).toMatchObject({ state: 'error', hint: expect.stringContaining('hearth backup list') });
      expect(ill.of('settings')).toMatchObject({ state: 'warning', detail: expect.stringContaining('It is no JSON') });
    } finally {
      await other.dispose();
    }
  });
});

test('a port that is taken is a warning: the hub works, and says so', async () => {
  const other = new HubHome();
  try {
    mkdirSync(other.path, { mode: 0o700 });
    writeFileSync(path.join(other.path, 'settings.json'), JSON.stringify({ metrics: { port } }));
    await other.rpc('project/list');
    // It is tried while the hub answers already.
    const status = await until(async () => {
      const found = await other.rpc<{ metrics: unknown; problem: string | null }>('operation/status');
      return found.problem !== null && found;
    });
    expect(status).toMatchObject({ metrics: null, problem: `Metrics are not served: another program uses port ${port}.` });
    expect(other.logLines()).toContainEqual(expect.objectContaining({ level: 'warn', domain: 'operation', text: status.problem }));
    const { stdout } = await other.cli(['doctor', '--json']);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    expect(findings.find(({ id }) => id === 'metrics')).toMatchObject({ state: 'warning', detail: status.problem });
  } finally {
    await other.dispose();
  }
});
