// `hearth monitor` with a real hub and a real server: what a person adds, sees, pauses, is told, and takes away.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listMonitors, monitorChanged } from '../../../server/protocol/monitor.ts';
import { type CliOutcome, cli } from '../../support/cli.ts';
import { until } from '../../support/processes.ts';
import type { Repository } from '../../support/repositories/repository.ts';
import { type WorkPlace, workPlace } from '../../support/workItems.ts';

let place: WorkPlace;
let repository: Repository;
let server: Server;
let address: string;
let status = 200;

beforeAll(async () => {
  place = await workPlace();
  repository = place.repository();
  server = createServer((_, response) => {
    response.statusCode = status;
    response.end('Welcome to the Shop');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await place?.dispose();
  server?.close();
});

const run = (...args: string[]): Promise<CliOutcome> => cli(args, { env: { ...place.home.env, TZ: 'UTC' }, cwd: repository.root });
async function monitor(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run('monitor', ...args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${code} ${stderr}`);
  return stdout;
}
const rows = async () => (await place.server.send(listMonitors, { repository: repository.root })).monitors;
const stateOf = async (name: string) => (await rows()).find((row) => row.name === name)?.state;

test('something is watched from the first look to the report', { timeout: 300_000 }, async () => {
  const told: string[] = [];
  place.server.onNotification(monitorChanged, ({ monitors }) => told.push(...monitors.map(({ name, state }) => `${name} ${state}`)));

  // A hub that has just started may stand still for a moment on a busy machine, and then says nothing bad of anybody.
  const looked = await until(async () => {
    const seen = await run('monitor', 'test', address, '--keyword', 'Shop', '--assert', 'status == 404', '--json');
    return !seen.stdout.includes('stood still') && seen;
  });
  expect(looked.code).toBe(1);
  expect(JSON.parse(looked.stdout)).toMatchObject({ ok: false, assertions: [{ ok: false, actual: '200' }, { ok: true }] });

  // A look may take as long as its interval: longer than this process stands still twice in a row on a busy machine.
  const often = ['--interval', '3s', '--retry-interval', '1s', '--failures', '2'];
  const added = await monitor('add', 'home', address, ...often, '--keyword', 'Shop', '--item', '--document');
  expect(added).toMatch(/^home is watched\..*\nWork item #1\ndocs\/endpoints\/home\.md\n$/);
  expect(readFileSync(path.join(repository.root, 'docs/endpoints/home.md'), 'utf8')).toContain(`\`http ${address}\``);
  await until(async () => (await stateOf('home')) === 'up');

  status = 500;
  await until(async () => (await stateOf('home')) === 'down');
  // One look may have had no answer in time.
  const listed = await until(async () => {
    const seen = await run('monitor', 'list');
    return /\n {4}.*500/.test(seen.stdout) && seen;
  });
  expect(listed.code).toBe(1);
  expect(listed.stdout).toMatch(/^home .*✕ down .*█.*\n {4}.*500/);
  await until(() => told.includes('home down'));

  expect(await monitor('pause', 'home')).toBe('home  paused\n');
  expect(await stateOf('home')).toBe('paused');
  status = 200;
  await monitor('resume', 'home');
  await until(async () => (await stateOf('home')) === 'up');
  expect(await monitor('show', 'home')).toMatch(/up → down[\s\S]*unknown → up/);

  await monitor('maintenance', 'start', 'the move', '--duration', '10m', '--monitor', 'home');
  expect(await monitor('maintenance')).toMatch(/^the move +open .* home · by hand\n$/);
  expect(await stateOf('home')).toBe('maintenance');
  await monitor('maintenance', 'end', 'the move');

  const file = path.join(repository.root, 'uptime.html');
  await monitor('report', '-o', 'uptime.html');
  expect(readFileSync(file, 'utf8')).toMatch(/<h1>Uptime of .*<\/h1>[\s\S]*home/);

  await monitor('remove', 'home', '--yes');
  expect(await rows()).toEqual([]);
  expect(existsSync(path.join(repository.root, 'docs/endpoints/home.md'))).toBe(true);
});

test('what cannot be is refused in a sentence', { timeout: 300_000 }, async () => {
  const refusals: [string[], RegExp][] = [
    [['add', 'x', address, '--assert', 'status = = 3'], /status = = 3/],
    [['add', 'x', address, '--secret-header', 'Authorization: TOKEN'], /environment/],
    [['add', 'x', address, '--tcp', 'a:1'], /One check at a time/],
    [['add', 'x', 'http://ada:secret@example.test/'], /must not hold a user or password/],
    [['test', 'file:///etc/passwd'], /begins with http/],
    [['show', 'nobody'], /There is no monitor "nobody"/],
  ];
  for (const [args, why] of refusals) {
    const { code, stderr } = await run('monitor', ...args);
    expect([args.join(' '), code === 0]).toEqual([args.join(' '), false]);
    expect(stderr).toMatch(why);
  }
});
