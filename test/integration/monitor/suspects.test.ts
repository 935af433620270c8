// From an incident to the commits that may be why: a real repository, a real store with the releases as the deployer leaves them.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Repositories } from '../../../server/git/repository.ts';
import { findSuspects } from '../../../server/monitor/suspects/index.ts';
import { ProjectOf } from '../../../server/project/index.ts';
import { Session } from '../../../server/rpc/session.ts';
import type { Transaction } from '../../../server/store/types.ts';
import { deploymentId } from '../../support/liveRows.ts';
import { serviceOf } from '../../support/releaseWorld.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { author, openState, type TestState } from '../../support/stateStore.ts';

const signal = new AbortController().signal;
const minute = 60_000;
/** When the incident began. */
const began = Date.UTC(2026, 0, 1, 12);

let state: TestState;
let repository: Repository;
let commits: ReturnType<typeof history>;
const repositories = new Repositories();
let output: string[] = [];
let project = '';
let projects = 0;

beforeAll(async () => {
  state = await openState();
  repository = createRepository();
  commits = history();
});
afterAll(async () => {
  repositories.dispose();
  repository.dispose();
  await state.close();
});
beforeEach(() => {
  project = `project-${++projects}`;
  output = [];
});

interface Release {
  readonly commit: string;
  /** Minutes before the incident. */
  readonly ago: number;
  readonly state?: 'live' | 'retired' | 'rolled-back';
  readonly specHash?: string;
  readonly variables?: Record<string, string>;
  readonly ended?: number;
  /** When its switch began; minutes before the incident. */
  readonly switching?: number;
}

/** A project with releases of `web`, oldest first, and an incident of it; `down` says how the monitor was, minutes before the incident. */
async function happen(
  releases: readonly Release[],
  { down = [[0, 'down']], services = ['web'], deployment }: { down?: [number, string][]; services?: string[]; deployment?: number } = {},
): Promise<void> {
  await state.store.write(author, (tx) => {
    tx.run('insert into projects (id, name, created) values (?, ?, ?)', [project, 'shop', tx.now]);
    for (const [at, release] of releases.entries()) addRelease(tx, release, idOf(at));
    tx.run(
      `insert into monitors (id, project, name, service, environment, source, spec, settings, paused, created, updated)
       values (?, ?, 'home', 'web', 'production', 'file', '{"kind":"docker"}', '{}', 0, 0, 0)`,
      [`m${project}`, project],
    );
    let was = 'up';
    for (const [ago, now] of down) {
      tx.run('insert into monitor_changes (monitor, time, was, state, message) values (?, ?, ?, ?, ?)', [
        ...[`m${project}`, began - ago * minute, was, now],
        now === 'down' ? 'status 500, wanted 200' : null,
      ]);
      was = now;
    }
    tx.run(
      `insert into incidents (id, project, number, title, state, severity, source, services, environment, deployment, started)
       values (?, ?, 1, 'home is down', 'investigating', 'major', 'monitor', ?, 'production', ?, ?)`,
      [`incident${projects}x`, project, JSON.stringify(services), deployment === undefined ? null : idOf(deployment), began],
    );
    tx.run('insert into incident_monitors (incident, monitor, name, joined) values (?, ?, ?, ?)', [
      `incident${projects}x`,
      `m${project}`,
      'home',
      began,
    ]);
  });
}

const idOf = (at: number) => deploymentId(projects * 100 + at);

function addRelease(
  tx: Transaction,
  { commit, ago, state: of = 'retired', specHash = 'h', variables = {}, ended, switching }: Release,
  id: string,
): void {
  const since = began - ago * minute;
  const service = serviceOf('web', {
    variables,
    source: { kind: 'build', build: { context: 'web', dockerfile: 'Dockerfile', args: {}, secrets: [], contexts: {}, paths: [] } },
  });
  const config = { project: 'shop', service, environment: { name: 'production' }, retention: { releases: 5, logs: 20 } };
  const times = switching === undefined ? [] : [{ phase: 'switching', started: began - switching * minute, ended: since }];
  tx.run(
    `insert into deployments (id, run, project, project_name, environment, service, engine, repository, commit_id, subject, config, overrides,
       spec_hash, phase, state, actor, created, live_since, ended, fence, resumed, canceling, phase_times, probes, containers, crashes, crash_loop)
     values (?, ?, ?, 'shop', 'production', 'web', 'local', '/nowhere', ?, 'A subject', ?, '{}', ?, ?, ?, 'test', ?, ?, ?, 1, 0, 0, ?, '[]', '[]', '[]', 0)`,
    [id, id, project, commit, JSON.stringify(config), specHash, of, of, since, since, ended ?? since, JSON.stringify(times)],
  );
}

async function suspects(limit = 50) {
  const parts = { store: state.store, projectOf: new ProjectOf({ repositories, store: state.store }), output: async () => output };
  const { repository: opened } = await repositories.containing(repository.root, new Session(true, 'test'));
  return findSuspects(parts, { repository: opened, project, incident: 'I-1', limit }, signal);
}

/** Commits of several kinds after a good one; `breaking` breaks the service. */
function history() {
  repository.write('web/Dockerfile', 'FROM scratch\n');
  repository.write('web/cart.js', 'export const cartTotal = 1;\n');
  repository.write('api/main.js', 'run();\n');
  repository.write('hearth.yaml', 'version: 1\n');
  const good = repository.commit('First release');
  repository.write('docs/guide.md', 'words\n');
  const documentation = repository.commit('Explain it');
  repository.write('web/cart.js', 'export const cartTotal = undefined.sum;\n');
  const breaking = repository.commit('Sum up the cart\n\nHearth-Item: 12');
  repository.write('api/main.js', 'run(2);\n');
  repository.write('web/style.css', 'a {}\n');
  const style = repository.commit('Restyle');
  repository.write('api/main.js', 'run(3);\n');
  const bad = repository.commit('Run three');
  return { good, documentation, breaking, style, bad };
}

test('the commit that breaks the service comes first, with its reasons and its item; every commit in between is there', async () => {
  const { good, documentation, breaking, style, bad } = commits;
  output = ["TypeError: Cannot read properties of undefined (reading 'sum')", '    at cartTotal (/app/web/cart.js:1:40)'];
  await happen([
    { commit: good, ago: 600 },
    { commit: bad, ago: 10, state: 'live' },
  ]);
  await state.store.write(author, (tx) => {
    tx.run(
      `insert into items (project, number, uid, title, type, state, notes, had_branch, created, updated) values (?, 3, ?, 'x', 'feature', 'done', '', 0, 0, 0)`,
      [project, `uid-${project}`],
    );
    tx.run("insert into item_commits (project, number, id, subject, author, author_time, source) values (?, 3, ?, '', '', 0, 'branch')", [
      project,
      style,
    ]);
  });
  const found = await suspects();
  expect(found).toMatchObject({
    ...{ service: 'web', environment: 'production', problem: null, gap: 10 * minute, total: 4 },
    good: { deployment: idOf(0), commit: good, liveSince: began - 600 * minute },
    bad: { deployment: idOf(1), commit: bad },
  });
  expect(found.commits.map(({ commit }) => commit).slice(0, 2)).toEqual([breaking, style]);
  expect(new Set(found.commits.map(({ commit }) => commit))).toEqual(new Set([breaking, style, bad, documentation]));
  const [first, second] = found.commits;
  expect(first).toMatchObject({ subject: 'Sum up the cart', item: 12, author: expect.any(String) });
  expect(first?.reasons.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    'error-text: the error names web/cart.js',
    'paths: changes what web is made from: web/cart.js',
    expect.stringMatching(/^error-text: changes lines with .*"carttotal".* of the error$/),
  ]);
  expect(second?.item).toBe(3);
  expect((await suspects(1)).commits).toHaveLength(1);
  expect((await suspects(1)).total).toBe(4);
});

test('a release that was broken itself when it was replaced is not the good one', async () => {
  const { good, breaking, bad } = commits;
  await happen(
    [
      { commit: good, ago: 600 },
      { commit: breaking, ago: 100 },
      { commit: bad, ago: 10, state: 'live' },
    ],
    {
      down: [
        [90, 'down'],
        [9, 'up'],
        [0, 'down'],
      ],
    },
  );
  const found = await suspects();
  expect(found.good?.commit).toBe(good);
  expect(found.bad?.commit).toBe(bad);
});

test('one that was rolled back at once is not the good one: the one before it served on', async () => {
  const { good, breaking, style, bad } = commits;
  await happen([
    { commit: good, ago: 600 },
    { commit: breaking, ago: 100 },
    { commit: style, ago: 50, state: 'rolled-back', ended: began - 49 * minute },
    { commit: bad, ago: 10, state: 'live' },
  ]);
  expect((await suspects()).good?.commit).toBe(breaking);
});

test('the release that was being switched to when it began is the bad one; a later one has nothing to do with it', async () => {
  const { good, breaking, style, bad } = commits;
  await happen(
    [
      { commit: good, ago: 600 },
      { commit: breaking, ago: -0.1, switching: 0.2 },
      { commit: bad, ago: -60, state: 'live', switching: -59 },
    ],
    { deployment: 0 },
  );
  const found = await suspects();
  expect(found.bad?.commit).toBe(breaking);
  expect(found.good?.commit).toBe(good);
  expect(found.gap).toBe(0);
  expect(found.commits.map(({ commit }) => commit)).not.toContain(style);
});

test('after going back what went away is suspected', async () => {
  const { good, breaking, documentation } = commits;
  await happen([
    { commit: breaking, ago: 600 },
    { commit: good, ago: 10, state: 'live' },
  ]);
  const found = await suspects();
  expect(found.commits.map(({ commit }) => commit)).toEqual([breaking, documentation]);
  expect(found.commits[0]?.reasons).toContainEqual(expect.objectContaining({ kind: 'revert' }));
});

test('of a merge only what was decided in it counts; what it brought is suspected by itself', async () => {
  const { good } = commits;
  repository.git('checkout', '-q', '-b', 'side', good);
  repository.write('web/cart.js', 'export const cartTotal = 3;\n');
  const side = repository.commit('Three');
  repository.git('checkout', '-q', 'main');
  const merging = repository.tryGit(['merge', '--no-commit', 'side']);
  expect(merging.status).toBe(1);
  repository.write('web/cart.js', 'export const cartTotal = 4; // decided\n');
  const merge = repository.commit('Merge side');
  await happen([
    { commit: good, ago: 600 },
    { commit: merge, ago: 10, state: 'live' },
  ]);
  const found = await suspects();
  const of = (id: string) => found.commits.find(({ commit }) => commit === id);
  expect(of(side)?.reasons[0]).toMatchObject({ kind: 'paths', files: ['web/cart.js'] });
  expect(of(merge)?.reasons[0]).toMatchObject({ kind: 'paths', files: ['web/cart.js'] });
});

test('what is in the way of an answer is said in a sentence', async () => {
  const { good, bad } = commits;
  await happen([{ commit: bad, ago: 10, state: 'live' }]);
  expect(await suspects()).toMatchObject({
    good: null,
    bad: { commit: bad },
    commits: [],
    problem: expect.stringContaining('No earlier release of web'),
  });

  project = `project-${++projects}`;
  await happen([], { services: ['web'] });
  expect(await suspects()).toMatchObject({ bad: null, problem: 'Nothing of web was deployed from here when it began.' });

  project = `project-${++projects}`;
  await happen([], { services: [] });
  expect(await suspects()).toMatchObject({ service: null, problem: expect.stringContaining('names no service') });

  project = `project-${++projects}`;
  await happen([
    { commit: good, ago: 600 },
    { commit: 'f'.repeat(40), ago: 10, state: 'live' },
  ]);
  expect((await suspects()).problem).toBe('Commit ffffffffff is not in this repository: fetch first (`git fetch`).');

  project = `project-${++projects}`;
  await happen([
    { commit: good, ago: 600, specHash: 'a' },
    { commit: good, ago: 10, state: 'live', specHash: 'b' },
  ]);
  expect((await suspects()).problem).toMatch(
    /^The release before, which was well, has the same commit .*, but not with the same variables/,
  );
});

test('names that git or a person could misread stay names', async () => {
  const { good } = commits;
  repository.git('checkout', '-q', '-b', 'hostile', good);
  const hostile = 'web/$(touch x)\n-n "\u202e.js';
  repository.write(hostile, '2\n');
  const bad = repository.commit('\u001b[31mSubject <b>\n\nHearth-Item: 1; drop');
  await happen([
    { commit: good, ago: 600 },
    { commit: bad, ago: 10, state: 'live' },
  ]);
  const found = await suspects();
  expect(found.commits[0]).toMatchObject({ commit: bad, item: null, reasons: [{ kind: 'paths', files: [hostile] }] });
});
