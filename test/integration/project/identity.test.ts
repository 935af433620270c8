// Which project a repository is: through a window's server, the hub and real git.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { list as listEvents } from '../../../server/protocol/events.ts';
import { adopt, ensure, find, list } from '../../../server/protocol/project.ts';
import { cli } from '../../support/cli.ts';
import { endHub } from '../../support/hubProcess.ts';
import { createRepository, hermeticEnvironment, type Repository, temporaryFolder } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const home = temporaryFolder('home');
const env = { ...hermeticEnvironment(), HEARTH_HOME: home };
const repositories: Repository[] = [];
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env });
});
afterEach(() => {
  for (const repository of repositories.splice(0)) repository.dispose();
});
afterAll(async () => {
  await server.close();
  await endHub(home);
  rmSync(home, { recursive: true, force: true, maxRetries: 3 });
});

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A repository with a commit, which is its own root, and a remote of that address. */
function repositoryOf(remote?: string, commit = 'First'): Repository {
  const repository = createRepository();
  repositories.push(repository);
  repository.write('a.txt', `${repository.root}\n`);
  repository.commit(commit);
  if (remote !== undefined) repository.git('remote', 'add', 'origin', remote);
  return repository;
}

function cloneOf(origin: Repository, remote: string, ...options: string[]): Repository {
  const clone = createRepository();
  repositories.push(clone);
  rmSync(clone.root, { recursive: true });
  origin.git('clone', '--quiet', ...options, `file://${origin.root}`, clone.root);
  clone.git('remote', 'set-url', 'origin', remote);
  return clone;
}

let remotes = 0;
const newRemote = (): string => `https://git.test/team/project-${++remotes}.git`;
const idIn = (repository: Repository): string =>
  repository.tryGit(['config', '--local', '--get', 'hearth.project']).stdout.toString().trim();
const eventsOf = async (project: string) => (await server.send(listEvents, { project })).events.reverse();

describe('a repository', () => {
  test('gets an id in the configuration of its common directory, once, shared by its worktrees', async () => {
    const remote = newRemote();
    const repository = repositoryOf(remote);
    const { project, created } = await server.send(ensure, { repository: repository.root });
    expect(created).toBe(true);
    expect(project.id).toMatch(uuid);
    expect(idIn(repository)).toBe(project.id);
    expect(project).toMatchObject({
      rootCommit: repository.head(),
      remote: remote.replace('https://', '').replace('.git', ''),
      places: [join(repository.root, '.git')],
    });
    const worktree = repository.attach(join(temporaryFolder('worktree'), 'linked'));
    repository.git('worktree', 'add', '--quiet', worktree);
    expect(await server.send(ensure, { repository: worktree })).toEqual({ project, created: false });
    expect(await server.send(find, { repository: worktree })).toEqual({ project, candidates: [] });
    const events = await eventsOf(project.id);
    expect(events.map(({ kind, entity, entityId }) => [kind, entity, entityId])).toEqual([['created', 'project', project.id]]);
    expect(events[0]?.payload).toMatchObject({ name: project.name, place: join(repository.root, '.git') });
  });

  test('asked about before it has an identity: nothing is written', async () => {
    const repository = repositoryOf(newRemote());
    const before = repository.git('config', '--local', '--list');
    const { last } = await server.send(listEvents, {});
    expect(await server.send(find, { repository: repository.root })).toEqual({ candidates: [] });
    expect(repository.git('config', '--local', '--list')).toBe(before);
    expect((await server.send(listEvents, {})).last).toBe(last);
  });

  test('gets one id when windows and a terminal ask at the same time', async () => {
    const repository = repositoryOf(newRemote());
    const other = await startServer({ env });
    try {
      const ask = (through: TestServer) => through.send(ensure, { repository: repository.root });
      const inTerminal = cli(['project', 'init', '--json', '--repo', repository.root], { env });
      const answers = await Promise.all([server, other, server, other, server, other].map(ask));
      const { project } = JSON.parse((await inTerminal).stdout);
      expect(new Set([...answers.map((answer) => answer.project.id), project.id, idIn(repository)]).size).toBe(1);
      expect(await eventsOf(project.id)).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  test('whose id the store does not know (a crash between the two, a new home) is registered with that id', async () => {
    const repository = repositoryOf(newRemote());
    const id = randomUUID();
    repository.git('config', 'hearth.project', id);
    expect(await server.send(find, { repository: repository.root })).toMatchObject({ project: { id }, candidates: [] });
    expect((await server.send(list, {})).projects.some((project) => project.id === id)).toBe(false);
    expect(await server.send(ensure, { repository: repository.root })).toMatchObject({ project: { id }, created: true });
    expect((await server.send(list, {})).projects.some((project) => project.id === id)).toBe(true);
  });

  test('has no identity from the configuration of the user', async () => {
    const repository = repositoryOf();
    const global = join(home, 'gitconfig');
    writeFileSync(global, `[hearth]\n  project = ${randomUUID()}\n`);
    const own = await startServer({ env: { ...env, GIT_CONFIG_GLOBAL: global, HEARTH_HOME: join(home, 'own') } });
    try {
      expect(await own.send(find, { repository: repository.root })).toEqual({ candidates: [] });
    } finally {
      await own.close();
      await endHub(join(home, 'own'));
    }
  });

  test('is read with the git that the window was told, also where PATH has none', async () => {
    const repository = repositoryOf();
    const place = join(home, 'with-git-path');
    const git = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
    const own = await startServer({ gitPath: git, env: { ...env, HEARTH_HOME: place, PATH: join(home, 'nothing') } });
    try {
      expect((await own.send(ensure, { repository: repository.root })).project.id).toBe(idIn(repository));
    } finally {
      await own.close();
      await endHub(place);
    }
  });

  test('with something else where the id should be is refused, and says how to repair it', async () => {
    const repository = repositoryOf();
    repository.git('config', 'hearth.project', 'shop');
    const refused = { data: { reason: 'conflict', hint: expect.stringContaining('git config --local --unset-all hearth.project') } };
    await expect(server.send(ensure, { repository: repository.root })).rejects.toMatchObject(refused);
    expect(idIn(repository)).toBe('shop');
  });

  test('whose configuration another git holds for a moment gets its id a little later', async () => {
    const repository = repositoryOf();
    const lock = join(repository.root, '.git/config.lock');
    writeFileSync(lock, '');
    // The other git is done once ours has met its lock.
    const place = temporaryFolder('locked');
    const git = join(place, 'git');
    const meet = `git "$@"; code=$?; echo $code >> '${join(place, 'codes')}'; rm -f '${lock}'; exit $code`;
    writeFileSync(git, `#!/bin/sh\ncase "$*" in *'--replace-all hearth.project '*) ${meet};; esac\nexec git "$@"\n`, { mode: 0o755 });
    const own = await startServer({ gitPath: git, env: { ...env, HEARTH_HOME: join(place, 'home') } });
    try {
      const { project } = await own.send(ensure, { repository: repository.root });
      expect(project.id).toMatch(uuid);
      expect(idIn(repository)).toBe(project.id);
      const [first, ...more] = readFileSync(join(place, 'codes'), 'utf8').trim().split('\n');
      expect(first).not.toBe('0');
      expect(more).toEqual(['0']);
    } finally {
      await own.close();
      await endHub(join(place, 'home'));
      rmSync(place, { recursive: true, force: true, maxRetries: 10 });
    }
  });

  test('without trust keeps its configuration as it is, and can be asked about', async () => {
    const repository = repositoryOf();
    const untrusted = await startServer({ env, trusted: false });
    try {
      await expect(untrusted.send(ensure, { repository: repository.root })).rejects.toMatchObject({ data: { reason: 'untrusted' } });
      expect(idIn(repository)).toBe('');
      expect(await untrusted.send(find, { repository: repository.root })).toEqual({ candidates: [] });
    } finally {
      await untrusted.close();
    }
  });

  test('without a commit or remote has an identity too, completed when they come', async () => {
    const repository = createRepository();
    repositories.push(repository);
    const first = (await server.send(ensure, { repository: repository.root })).project;
    expect(first).not.toHaveProperty('rootCommit');
    expect(first).not.toHaveProperty('remote');
    repository.write('a.txt', 'a\n');
    const root = repository.commit('The first');
    repository.git('remote', 'add', 'upstream', 'git@git.test:team/late.git');
    const { project } = await server.send(ensure, { repository: repository.root });
    expect(project).toEqual({ ...first, rootCommit: root, remote: 'git.test/team/late' });
    await server.send(ensure, { repository: repository.root });
    expect((await eventsOf(first.id)).map(({ kind }) => kind)).toEqual(['created', 'completed']);
  });

  test('of several roots is known by the oldest', async () => {
    const repository = repositoryOf();
    const newer = repository.head();
    repository.git('checkout', '--quiet', '--orphan', 'older');
    const older = repository.commit('Older root', { date: '1000000000 +0000' });
    repository.git('checkout', '--quiet', 'main');
    repository.git('merge', '--quiet', '--allow-unrelated-histories', '-m', 'Both', 'older', '-s', 'ours');
    expect(newer).not.toBe(older);
    expect((await server.send(ensure, { repository: repository.root })).project.rootCommit).toBe(older);
  });
});

describe('a name', () => {
  test('is the folder, with a number when another project has it', async () => {
    const folder = temporaryFolder('names');
    const names: string[] = [];
    for (const part of ['a', 'b']) {
      const root = join(folder, part, 'Mon Épicerie');
      mkdirSync(root, { recursive: true });
      createRepository({ root });
      names.push((await server.send(ensure, { repository: root })).project.name);
    }
    expect(names).toEqual(['mon-epicerie', 'mon-epicerie-2']);
    rmSync(folder, { recursive: true });
  });

  test('that is asked for is taken or refused, never changed', async () => {
    const [first, second] = [repositoryOf(), repositoryOf()];
    const name = `wanted-${basename(first.root)
      .slice(-6)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, 'x')}`;
    expect((await server.send(ensure, { repository: first.root, name })).project.name).toBe(name);
    await expect(server.send(ensure, { repository: second.root, name })).rejects.toMatchObject({ data: { reason: 'conflict' } });
    expect(idIn(second)).toBe('');
    await expect(server.send(ensure, { repository: first.root, name: 'something-else' })).rejects.toMatchObject({
      data: { reason: 'conflict' },
    });
    await expect(server.send(ensure, { repository: second.root, name: 'Not A Label' })).rejects.toMatchObject({
      data: { reason: 'invalid' },
    });
  });
});

describe('a clone', () => {
  test('is recognised by first commit and remote, however the address is written, and adopts the identity', async () => {
    const origin = repositoryOf('https://git.test/team/shared.git');
    const { project } = await server.send(ensure, { repository: origin.root });
    const clone = cloneOf(origin, 'ssh://git@GIT.test:2222/team/shared');
    expect(await server.send(find, { repository: clone.root })).toEqual({ candidates: [project] });
    const adopted = (await server.send(adopt, { repository: clone.root, project: project.id })).project;
    expect(adopted.places.toSorted()).toEqual([join(origin.root, '.git'), join(clone.root, '.git')].toSorted());
    expect(idIn(clone)).toBe(project.id);
    expect(await server.send(find, { repository: clone.root })).toEqual({ project: adopted, candidates: [] });
    expect((await eventsOf(project.id)).map(({ kind }) => kind)).toEqual(['created', 'adopted']);
    // Said again, nothing happens.
    await server.send(adopt, { repository: clone.root, project: project.id });
    expect(await eventsOf(project.id)).toHaveLength(2);
  });

  test('that is shallow is recognised by the remote; another history with that remote is not', async () => {
    const remote = newRemote();
    const origin = repositoryOf(remote);
    origin.commit('Second');
    const { project } = await server.send(ensure, { repository: origin.root });
    const shallow = cloneOf(origin, remote, '--depth=1');
    expect((await server.send(find, { repository: shallow.root })).candidates).toEqual([project]);
    const unrelated = repositoryOf(remote, 'Another beginning');
    expect((await server.send(find, { repository: unrelated.root })).candidates).toEqual([]);
  });

  test('of an unknown project adopts nothing', async () => {
    const repository = repositoryOf();
    await expect(server.send(adopt, { repository: repository.root, project: randomUUID() })).rejects.toMatchObject({
      data: { reason: 'not-found' },
    });
    expect(idIn(repository)).toBe('');
  });
});

describe('in a terminal', () => {
  const hearth = (repository: Repository, ...args: string[]) => cli(['project', ...args], { cwd: repository.root, env });

  test('a repository is shown, made a project, listed, and its clone adopts it by name', async () => {
    const origin = repositoryOf('https://git.test/team/terminal.git');
    const none = await hearth(origin, 'show');
    expect(none).toMatchObject({ code: 1, stderr: '', stdout: expect.stringContaining('no project yet') });
    expect((await hearth(origin, 'init', '--name', 'terminal-shop')).stdout).toMatch(/^Created project terminal-shop\.\n/);
    expect((await hearth(origin, 'init')).stdout).toMatch(/^This already is project terminal-shop\.\n/);
    const shown = await hearth(origin, 'show');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain(idIn(origin));
    expect(shown.stdout).toContain('git.test/team/terminal');
    const clone = cloneOf(origin, 'git@git.test:team/terminal.git');
    expect((await hearth(clone, 'show')).stdout).toMatch(/looks like a clone of:\n {2}terminal-shop {2}/);
    expect((await hearth(clone, 'adopt', 'terminal-shop')).code).toBe(0);
    expect(idIn(clone)).toBe(idIn(origin));
    expect((await hearth(clone, 'list')).stdout).toMatch(/terminal-shop +[0-9a-f-]{36} {2}\S+ and 1 more/);
    const listed = (await hearth(clone, 'list', '--json')).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(listed).toContainEqual(expect.objectContaining({ id: idIn(origin), name: 'terminal-shop' }));
  });

  test('wrong usage is said', async () => {
    const repository = repositoryOf();
    expect(await hearth(repository, 'adopt')).toMatchObject({ code: 2, stderr: expect.stringContaining('Which project?') });
    expect(await hearth(repository, 'init', 'shop')).toMatchObject({ code: 2 });
    expect(await hearth(repository, 'adopt', 'nobody')).toMatchObject({ code: 1, stderr: expect.stringContaining('no project nobody') });
    const untrusted = await hearth(repository, 'init', '--untrusted');
    expect(untrusted).toMatchObject({ code: 1, stderr: expect.stringContaining('trusted') });
  });
});
