// From commits and lines to where they run: the window's server and the command line, with a hub and without one.
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { discover } from '../../../server/protocol/git.ts';
import { status as hubStatus, stop } from '../../../server/protocol/hub.ts';
import type { ResultOf } from '../../../server/protocol/message.ts';
import { find } from '../../../server/protocol/project.ts';
import { info } from '../../../server/protocol/session.ts';
import { placed, ships, where } from '../../../server/protocol/where.ts';
import { create as createItem } from '../../../server/protocol/work.ts';
import { HubHome } from '../../support/hub.ts';
import { deploymentId, type LiveRow, projectId, writeLive } from '../../support/liveRows.ts';
import { until } from '../../support/processes.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import type { TestServer } from '../../support/server.ts';

let home: HubHome;
let server: TestServer;
let repository: Repository;
/** Three commits on main, one on a side branch. */
let commits: { first: string; web: string; api: string; side: string };

beforeAll(async () => {
  home = new HubHome({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });
  server = await home.window();
});
afterAll(() => home.dispose());
beforeEach(() => {
  repository = createRepository();
  repository.write('web/page.txt', 'one\ntwo\n');
  repository.write('api/server.txt', 'listen\n');
  const first = repository.commit('First');
  repository.write('web/page.txt', 'one\ntwo\nthree\n');
  const web = repository.commit('A third line\n\nHearth-Item: #7\n');
  repository.git('switch', '-q', '-c', 'side');
  repository.write('web/page.txt', 'one\ntwo\nthree\nfour\n');
  const side = repository.commit('Never merged');
  repository.git('switch', '-q', 'main');
  repository.write('api/server.txt', 'listen\nanswer\n');
  const api = repository.commit('The server answers');
  commits = { first, web, api, side };
});
afterEach(() => repository.dispose());

const deploy = (...rows: LiveRow[]): Promise<void> => writeLive(home.path, repository, rows);
const picture = (project = projectId): string => path.join(home.path, 'live', `${project}.json`);
const ask = (asked: readonly string[], file?: string): Promise<ResultOf<typeof placed>> =>
  server.send(placed, { repository: repository.root, commits: [...asked], ...(file === undefined ? {} : { path: file }) });

/** `environment/service` of the releases that contain each commit. */
async function places(...asked: string[]): Promise<string[][]> {
  const { releases, contained } = await ask(asked);
  return contained.map((indexes) => indexes.map((index) => `${releases[index]?.environment}/${releases[index]?.service}`));
}

test('a repository without a project, or of which nothing is live, costs no git, no hub and no folder', async () => {
  await server.send(discover, { path: repository.root });
  const { processes: before } = await server.send(info, {});
  expect(await ask([commits.first, commits.api])).toEqual({ releases: [], contained: [[], []] });
  expect((await server.send(where, { repository: repository.root, at: { kind: 'revision', rev: 'HEAD' } })).places).toEqual([]);
  repository.git('config', 'hearth.project', projectId);
  expect(await ask([commits.first])).toEqual({ releases: [], contained: [[]] });
  const { processes } = await server.send(info, {});
  // One for the commit that was asked about by name, one for the id of the project.
  expect(processes.started - before.started).toBeLessThanOrEqual(3);
  expect(existsSync(path.join(home.path, 'owner'))).toBe(false);
  expect(existsSync(path.join(home.path, 'live'))).toBe(false);
});

test('while no hub runs the last one has written down what is live; nobody looks then, and nobody starts one', async () => {
  await deploy({ environment: 'production', service: 'web', commit: commits.web, paths: ['web/**'] });
  const { releases, contained } = await ask([commits.first, commits.web, commits.api, commits.side], 'web/page.txt');
  expect(contained).toEqual([[0], [0], [], []]);
  expect(releases).toMatchObject([
    {
      environment: 'production',
      service: 'web',
      deployment: deploymentId(0),
      commit: commits.web,
      known: true,
      concerned: true,
      running: false,
    },
  ]);
  expect(releases[0]?.health.state).toBe('unobserved');
  expect((await ask([], 'api/server.txt')).releases[0]?.concerned).toBe(false);
  expect((await server.send(hubStatus, {})).state).toBe('stopped');
  const mode = (name: string) => statSync(path.join(home.path, 'live', name)).mode & 0o777;
  if (process.platform !== 'win32') expect([mode(''), mode(`${projectId}.json`)]).toEqual([0o700, 0o600]);
});

test('with a hub the releases come from there, and what is taken down is forgotten', async () => {
  await deploy(
    { environment: 'production', service: 'web', commit: commits.first },
    { environment: 'staging', service: 'web', commit: commits.side },
    { environment: 'staging', service: 'api', commit: commits.api },
  );
  rmSync(picture());
  await server.send(find, { repository: repository.root });
  await until(() => existsSync(picture()));
  expect(await places(commits.first, commits.web, commits.api, commits.side)).toEqual([
    ['production/web', 'staging/api', 'staging/web'],
    ['staging/api', 'staging/web'],
    ['staging/api'],
    ['staging/web'],
  ]);
  // One of another project, and a change of something else.
  writeFileSync(picture('00000000-0000-4000-8000-000000000000'), '{}');
  await server.send(createItem, { repository: repository.root, title: 'Something else' });
  await until(() => !existsSync(picture('00000000-0000-4000-8000-000000000000')));
  expect(existsSync(picture())).toBe(true);
  await server.send(stop, {});
  await deploy();
  expect(existsSync(picture())).toBe(false);
  expect(await ask([commits.first])).toEqual({ releases: [], contained: [[]] });
});

test('a file of what is live that is damaged, or of a project that is not here, is none', async () => {
  await deploy({ environment: 'production', service: 'web', commit: commits.first });
  expect((await ask([commits.first])).releases).toHaveLength(1);
  writeFileSync(picture(), readFileSync(picture(), 'utf8').slice(0, -9));
  expect((await ask([commits.first])).releases).toHaveLength(0);
  repository.git('config', 'hearth.project', '00000000-0000-4000-8000-000000000000');
  expect((await ask([commits.first])).releases).toHaveLength(0);
  repository.git('config', 'hearth.project', '../../../etc/passwd');
  expect((await ask([commits.first])).releases).toHaveLength(0);
});

test('a line is where its commit is: also one that moved, one that is not committed, one that is not there', async () => {
  await deploy(
    { environment: 'production', service: 'web', commit: commits.web },
    { environment: 'production', service: 'db', commit: commits.first, paths: 'image' },
  );
  const at = (line: number, file = 'web/page.txt') =>
    server.send(where, { repository: repository.root, at: { kind: 'line', path: file, line } });
  expect(await at(3)).toMatchObject({
    commit: commits.web,
    subject: 'A third line',
    path: 'web/page.txt',
    line: 3,
    places: [
      { service: 'db', contained: 'out', concerned: false },
      { service: 'web', contained: 'in', concerned: true },
    ],
  });
  expect((await at(2, 'api/server.txt')).places).toMatchObject([{ contained: 'out' }, { contained: 'out' }]);
  repository.write('web/page.txt', 'new\none\ntwo\nthree\n');
  expect(await at(1)).toEqual({ commit: null, subject: null, path: 'web/page.txt', line: 1, places: [] });
  expect((await at(4)).commit).toBe(commits.web);
  await expect(at(99)).rejects.toMatchObject({ data: { reason: 'invalid' } });
  await expect(at(1, 'web/nothing.txt')).rejects.toMatchObject({ data: { reason: 'not-found' } });
});

test('a commit concerns the services that are made from what it changes, a merge from what it brings', async () => {
  await deploy(
    { environment: 'production', service: 'api', commit: commits.api, paths: ['api/**'] },
    { environment: 'production', service: 'web', commit: commits.api, paths: ['web/**', 'shared/**'] },
  );
  repository.git('switch', '-q', 'main');
  repository.git('merge', '-q', '--no-ff', '-m', 'Merge side', 'side');
  const concerned = async (rev: string): Promise<string[]> => {
    const found = await server.send(where, { repository: repository.root, at: { kind: 'revision', rev } });
    return found.places.flatMap((place) => (place.concerned ? [`${place.service} ${place.contained}`] : []));
  };
  expect(await concerned(commits.api)).toEqual(['api in']);
  expect(await concerned(commits.web)).toEqual(['web in']);
  expect(await concerned(commits.first)).toEqual(['api in', 'web in']);
  expect(await concerned('main')).toEqual(['web out']);
});

test('a deployed commit that is not here is unknown until it is fetched; a shallow clone says so, too', async () => {
  const clone = createRepository();
  try {
    await writeLive(home.path, repository, [{ environment: 'production', service: 'web', commit: commits.api }]);
    clone.git('fetch', '-q', repository.root, commits.first);
    clone.git('reset', '-q', '--hard', 'FETCH_HEAD');
    clone.git('config', 'hearth.project', projectId);
    const look = async () => {
      const [{ releases, contained }, found] = await Promise.all([
        server.send(placed, { repository: clone.root, commits: [commits.first] }),
        server.send(where, { repository: clone.root, at: { kind: 'revision', rev: commits.first } }),
      ]);
      return [releases[0]?.known, contained, found.places[0]?.contained];
    };
    expect(await look()).toEqual([false, [[]], 'unknown']);
    clone.git('fetch', '-q', repository.root, 'main');
    expect(await look()).toEqual([true, [[0]], 'in']);

    const shallow = path.join(home.root, 'shallow');
    repository.git('clone', '-q', '--depth=1', '--no-local', '--branch=side', `file://${repository.root}`, shallow);
    repository.git('-C', shallow, 'config', 'hearth.project', projectId);
    repository.git('-C', shallow, 'fetch', '-q', '--depth=1', 'origin', commits.api);
    const cut = await server.send(where, { repository: shallow, at: { kind: 'revision', rev: 'HEAD' } });
    expect(cut.places[0]?.contained).toBe('unknown');
  } finally {
    clone.dispose();
  }
});

test('what would ship: added and removed commits, with work items, and which of them concern the service', async () => {
  await deploy(
    { environment: 'production', service: 'api', commit: commits.first, paths: ['api/**'] },
    { environment: 'staging', service: 'web', commit: commits.side, paths: ['web/**'] },
  );
  const of = async (environment: string, more: object = {}) =>
    (await server.send(ships, { repository: repository.root, environment, ...more })).services;
  expect(await of('production')).toMatchObject([
    {
      service: 'api',
      live: commits.first,
      known: true,
      added: [
        { id: commits.api, subject: 'The server answers', author: 'Ada Example', item: null, concerned: true },
        { id: commits.web, item: 7, concerned: false },
      ],
      removed: [],
      more: false,
    },
  ]);
  expect(await of('production', { limit: 1 })).toMatchObject([{ added: [{ id: commits.api }], more: true }]);
  expect(await of('staging')).toMatchObject([
    { added: [{ id: commits.api, concerned: false }], removed: [{ id: commits.side, subject: 'Never merged' }] },
  ]);
  expect(await of('production', { rev: commits.first })).toMatchObject([{ added: [], removed: [] }]);
  await expect(of('nowhere')).rejects.toMatchObject({ data: { reason: 'not-found' } });
  await expect(of('production', { rev: 'nothing' })).rejects.toMatchObject({ data: { reason: 'not-found' } });
});

test('what would ship knows the services of hearth.yaml that are not live yet', async () => {
  repository.write(
    'hearth.yaml',
    'version: 1\nproject: shop\nservices:\n  web:\n    build: { context: web }\n    port: 80\nenvironments:\n  production: { docker: local, routing: { kind: none } }\n',
  );
  repository.write('web/Dockerfile', 'FROM scratch\n');
  const head = repository.commit('hearth.yaml');
  const { services, commit } = await server.send(ships, { repository: repository.root, environment: 'production' });
  expect(commit).toBe(head);
  expect(services).toMatchObject([{ service: 'web', live: null, known: true, removed: [] }]);
  const concerned = services[0]?.added.filter((each) => each.concerned).map(({ id }) => id);
  expect(concerned).toEqual([head, commits.web, commits.first]);
});

test('hearth where and hearth ships on the command line', async () => {
  await deploy(
    { environment: 'production', service: 'web', commit: commits.web, since: Date.now() - 3 * 86_400_000 },
    { environment: 'staging', service: 'web', commit: commits.api },
  );
  const run = (...args: string[]) => home.cli(['--repo', repository.root, ...args]);
  const text = await run('where', 'web/page.txt:3');
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toContain(`${commits.web.slice(0, 10)} A third line`);
  expect(text.stdout).toMatch(/● production {2}web {2}live .*3 days ago .*unobserved/);
  const json = await run('where', 'HEAD', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    commit: commits.api,
    places: [
      { environment: 'production', contained: 'out' },
      { environment: 'staging', contained: 'in' },
    ],
  });
  expect((await run('where', 'HEAD', '--in', 'production')).code).toBe(1);
  expect((await run('where', 'HEAD', '--in', 'staging')).code).toBe(0);
  expect((await run('where', '--', '-x:1')).stderr).toContain('-x');
  expect((await run('ships', 'production')).stdout).toContain(`+ ${commits.api.slice(0, 10)} The server answers`);
  // Nobody started a hub for that.
  expect((await server.send(hubStatus, {})).state).toBe('stopped');
  rmSync(path.join(home.path, 'live'), { recursive: true });
  expect((await run('where')).stderr).toContain('Nothing of this repository is deployed');
});
