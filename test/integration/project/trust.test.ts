// Standing trust: which repositories' configuration Hearth may run by itself, when nobody vouches for a request.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readHubFile } from '../../../server/hub/hubFile.ts';
import { dial } from '../../../server/hub/line.ts';
import { list as listEvents } from '../../../server/protocol/events.ts';
import { ensure } from '../../../server/protocol/project.ts';
import { give, list, revoke } from '../../../server/protocol/trust.ts';
import { cli } from '../../support/cli.ts';
import { endHub } from '../../support/hubProcess.ts';
import { createRepository, hermeticEnvironment, temporaryFolder } from '../../support/repositories/repository.ts';
import { startServer } from '../../support/server.ts';

const home = temporaryFolder('home');
const env = { ...hermeticEnvironment(), HEARTH_HOME: home };
const shop = createRepository();
shop.write('a.txt', 'a\n');
shop.commit('First');
const other = createRepository();
const worktree = join(temporaryFolder('worktrees'), 'shop');
shop.git('worktree', 'add', '--quiet', worktree);

afterAll(async () => {
  await endHub(home);
  for (const each of [shop, other]) each.dispose();
  rmSync(home, { recursive: true, force: true, maxRetries: 3 });
});

/** Asks as Hearth itself does: a connection that vouches for nothing. */
async function alone(repository: string): Promise<string> {
  const file = readHubFile(home);
  if (file === undefined) throw new Error('no hub');
  const dialled = await dial(file, { client: 'hub', trusted: false, patience: 60_000 });
  if (dialled.kind !== 'line') throw new Error(dialled.kind);
  try {
    return (await dialled.line.ask(ensure.method, { repository })).kind;
  } catch (error) {
    return (error as { reason: string }).reason;
  } finally {
    dialled.line.end();
  }
}

test('only named repositories are trusted, with all their worktrees, until it is taken back', async () => {
  const window = await startServer({ env });
  const restricted = await startServer({ env, trusted: false });
  try {
    await expect(restricted.send(give, { repository: shop.root })).rejects.toMatchObject({ data: { reason: 'untrusted' } });
    expect((await window.send(list, {})).grants).toEqual([]);
    expect(await alone(shop.root)).toBe('untrusted');

    const commonDir = join(shop.root, '.git');
    expect(await window.send(give, { repository: worktree })).toMatchObject({
      grant: { connection: 'hub', repository: commonDir },
      changed: true,
    });
    expect(await window.send(give, { repository: shop.root })).toMatchObject({ changed: false });
    expect([await alone(shop.root), await alone(worktree), await alone(other.root)]).toEqual(['answered', 'answered', 'untrusted']);
    // Folders that only say they are one of its worktrees.
    for (const claim of [
      (folder: string) => writeFileSync(join(folder, '.git'), `gitdir: ${commonDir}\n`),
      (folder: string) => writeFileSync(join(folder, '.git'), `gitdir: ${join(commonDir, 'worktrees/shop')}\n`),
      (folder: string) => symlinkSync(commonDir, join(folder, '.git')),
      (folder: string) => {
        mkdirSync(join(folder, 'own'));
        writeFileSync(join(folder, '.git'), 'gitdir: own\n');
        writeFileSync(join(folder, 'own/HEAD'), 'ref: refs/heads/main\n');
        writeFileSync(join(folder, 'own/commondir'), `${commonDir}\n`);
      },
    ]) {
      const folder = temporaryFolder('claims');
      claim(folder);
      expect(await alone(folder)).toBe('untrusted');
      rmSync(folder, { recursive: true });
    }
    // It is Hearth's own; a window in Restricted Mode stays what it is.
    await expect(restricted.send(ensure, { repository: shop.root })).rejects.toMatchObject({ data: { reason: 'untrusted' } });

    await endHub(home);
    expect((await window.send(list, {})).grants).toHaveLength(1);
    expect(await alone(shop.root)).toBe('answered');

    expect(await restricted.send(revoke, { repository: worktree })).toEqual({ changed: true });
    expect(await alone(shop.root)).toBe('untrusted');
    const { events } = await window.send(listEvents, { entity: 'trust' });
    expect(events.map(({ kind, entityId }) => `${kind} ${entityId}`)).toEqual([`revoked ${commonDir}`, `granted ${commonDir}`]);
  } finally {
    await window.close();
    await restricted.close();
  }
});

test('in the terminal', async () => {
  const hearth = (...words: string[]) => cli([...words, '--repo', other.root], { env });
  expect(await hearth('trust', 'list')).toMatchObject({ code: 0, stdout: 'None. `hearth trust grant` adds the repository you are in.\n' });
  expect(await hearth('trust', 'grant', '--untrusted')).toMatchObject({ code: 1, stdout: '' });
  expect(await hearth('trust', 'grant')).toMatchObject({ code: 0 });
  expect((await hearth('trust', 'list')).stdout).toBe(`${join(other.root, '.git')}\n`);
  expect(await hearth('trust', 'revoke', join(other.root, '.git'))).toMatchObject({ code: 0, stdout: 'Taken back.\n' });
  expect(await hearth('trust', 'revoke')).toMatchObject({ code: 1 });
  await hearth('trust', 'grant');
  const above = await cli(['trust', 'revoke', basename(other.root), '--repo', dirname(other.root)], { env });
  expect(above).toMatchObject({ code: 0, stdout: 'Taken back.\n' });
  expect(await hearth('trust', 'grant', 'x')).toMatchObject({ code: 2 });
});
