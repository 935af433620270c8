// Trust: what a repository configures runs only when it is given, from the moment it is given, until it is taken away.
// That no booby trap springs is in test/integration/hostile/untrusted.test.ts.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as git from '../../../server/protocol/git.ts';
import { trust } from '../../../server/protocol/session.ts';
import { until } from '../../support/processes.ts';
import { plantTrap, trapRepository } from '../../support/repositories/boobyTraps.ts';
import * as names from '../../support/repositories/hostileNames.ts';
import { createRepository } from '../../support/repositories/repository.ts';
import { startServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ trusted: false });
});
afterAll(() => server.close());

const worktreeDiff = (repository: string) =>
  server.send(git.diffList, { repository, from: { kind: 'commit', revision: 'HEAD' }, to: { kind: 'worktree' } });
const setTrust = (trusted: boolean) => server.connection.sendNotification(trust.method, { trusted });

describe('trust', () => {
  test('given later it takes effect without a restart, and taken away likewise', async () => {
    using repository = trapRepository();
    const trap = plantTrap(repository, 'filter.trap.clean');
    await worktreeDiff(repository.root);
    expect(trap.sprung()).toBe(false);
    await setTrust(true);
    await worktreeDiff(repository.root);
    expect(trap.sprung()).toBe(true);
    await setTrust(false);
    trap.reset();
    repository.write('a.txt', 'changed again\n');
    await worktreeDiff(repository.root);
    expect(trap.sprung()).toBe(false);
  });

  test('a trap that is set while the repository is open does not spring either', async () => {
    using repository = trapRepository();
    await worktreeDiff(repository.root);
    const told: string[] = [];
    server.onNotification(git.moved, (moved) => moved.repository === repository.root && told.push(...moved.what));
    const trap = plantTrap(repository, 'filter.trap.clean');
    repository.write('a.txt', 'changed after the trap\n');
    // The watcher drops what was known of the configuration; without it the recipe is made anew every two seconds.
    await until(() => told.includes('config'));
    await worktreeDiff(repository.root);
    expect(trap.sprung()).toBe(false);
  });

  test('a filter whose name is not UTF-8 cannot be switched off: the repository is refused, and nothing runs', async () => {
    using repository = createRepository();
    repository.write('a.txt', 'one\n');
    repository.commit('One');
    const marker = `${repository.root}-sprung`;
    repository.attach(marker);
    const program = repository.attach(`${repository.root}-program`);
    writeFileSync(program, `#!/bin/sh\ntouch '${marker}'\ncat\n`);
    chmodSync(program, 0o755);
    const name = Buffer.from('caf\xe9', 'latin1');
    mkdirSync(repository.path('.git/info'), { recursive: true });
    writeFileSync(repository.path('.git/info/attributes'), Buffer.concat([Buffer.from('* filter='), name, Buffer.from('\n')]));
    const config = Buffer.concat([Buffer.from('[filter "'), name, Buffer.from(`"]\n\tclean = ${program}\n`)]);
    appendFileSync(repository.path('.git/config'), config);
    repository.write('a.txt', 'changed\n');
    await expect(worktreeDiff(repository.root)).rejects.toMatchObject({ data: { reason: 'untrusted' } });
    expect(existsSync(marker)).toBe(false);
    repository.tryGit(['diff', '--quiet']);
    expect(existsSync(marker), 'plain git runs it').toBe(true);
  });

  test('files that the repository names for git to read cannot hold it: a pipe as mailmap, attributes, excludes, order', async () => {
    using repository = trapRepository();
    const pipe = repository.path('.git/pipe');
    execFileSync('mkfifo', [pipe]);
    for (const key of ['mailmap.file', 'core.attributesFile', 'core.excludesFile', 'diff.orderFile']) repository.git('config', key, pipe);
    await server.send(git.log, { repository: repository.root });
    await server.send(git.show, { repository: repository.root, revision: 'HEAD' });
    await worktreeDiff(repository.root);
    rmSync(pipe);
  });

  test.each([
    ['.:', undefined],
    ['./node_modules/.bin:', undefined],
    [':', undefined],
    ['', './git'],
  ])('a program named git in the repository is not the git that runs: PATH=%s…, hearth.git.path=%s', async (before, program) => {
    using repository = createRepository();
    repository.commit('One');
    for (const folder of ['.', 'node_modules/.bin']) {
      mkdirSync(repository.path(folder), { recursive: true });
      writeFileSync(repository.path(folder, 'git'), `#!/bin/sh\ntouch '${repository.path('sprung')}'\n`, { mode: 0o755 });
    }
    const env = { PATH: `${before}${process.env['PATH']}` };
    const other = await startServer({ trusted: false, env, ...(program === undefined ? {} : { gitPath: program }) });
    await other.send(git.log, { repository: repository.root }).catch(() => {});
    await other.close();
    expect(existsSync(repository.path('sprung'))).toBe(false);
  });

  test('a required LFS filter without git-lfs does not stop a diff', async () => {
    const { repository } = names.lfsPointer({ required: true });
    expect(repository.tryGit(['diff', '--quiet', 'HEAD']).status).toBeGreaterThan(1);
    const { files } = await worktreeDiff(repository.root);
    expect(files?.map(({ path }) => path)).toEqual(['large.bin']);
    repository.dispose();
  });
});
