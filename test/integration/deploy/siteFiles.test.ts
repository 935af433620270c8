// The folder of a static site: releases that are whole, the link to the live one, whose folder it is, builds on this machine. Without an engine.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Service } from '../../../server/config/hearthTypes.ts';
import type { DeploymentRecord } from '../../../server/deploy/records.ts';
import { type Claim, claimFolder, claimProblem, noteClaim } from '../../../server/deploy/site/claim.ts';
import { currentProblem, readCurrent, removeCurrent, switchTo } from '../../../server/deploy/site/current.ts';
import { buildOnHost, endOldBuild } from '../../../server/deploy/site/hostBuild.ts';
import { releaseThere, verifyRelease, writeManifest } from '../../../server/deploy/site/manifest.ts';
import { copyTree, treeOf } from '../../../server/deploy/site/tree.ts';
import { healSite, lookAtSite } from '../../../server/deploy/site/watch.ts';
import { isAlive, until } from '../../support/processes.ts';
import { author, openState, type TestState } from '../../support/stateStore.ts';

const calm = new AbortController().signal;
const one = '000000000000000a';
const two = '000000000000000b';

let root: string;
let from: string;
beforeEach(() => {
  root = mkdtempSync(path.join(realpathSync(tmpdir()), 'hearth-site-'));
  from = path.join(root, 'from');
  mkdirSync(path.join(from, 'deep/er'), { recursive: true });
  writeFileSync(path.join(from, 'index.html'), 'hello\n');
  writeFileSync(path.join(from, 'deep/er/a.txt'), 'a');
});
afterEach(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

/** A whole release of `from`. */
async function release(id: string): Promise<string> {
  mkdirSync(path.join(root, 'releases'), { recursive: true });
  const folder = path.join(root, 'releases', id);
  await writeManifest(folder, { id, commit: 'c'.repeat(40), ...(await copyTree(from, folder, calm)) });
  return folder;
}

/** Something of a service is on its way. */
function deploying({ store }: TestState, { id, project, service }: { id: string; project: string; service: string }) {
  const columns =
    'id, run, project, project_name, environment, service, engine, repository, commit_id, subject, config, overrides, spec_hash';
  const more = 'phase, state, actor, created, fence, resumed, canceling, phase_times, probes, containers, crashes, crash_loop';
  return store.write(author, (transaction) =>
    transaction.run(
      `insert into deployments (${columns}, ${more}) values (?, 'r', ?, 'shop', 'production', ?, 'local', '/', 'c', 's', '{}', '{}', 'h',
      'queued', 'running', 'a', 0, 1, 0, 0, '[]', '[]', '[]', '[]', 0)`,
      [id, project, service],
    ),
  );
}

describe('the files of a release', () => {
  test('are copied readable for everybody, and have the hash of what they are', async () => {
    chmodSync(path.join(from, 'index.html'), 0o600);
    chmodSync(path.join(from, 'deep'), 0o700);
    symlinkSync('deep/er/a.txt', path.join(from, 'link'));
    const to = path.join(root, 'to');
    const tree = await copyTree(from, to, calm);
    expect(tree).toMatchObject({ files: 2, bytes: 7 });
    expect(statSync(path.join(to, 'index.html')).mode & 0o777).toBe(0o644);
    for (const folder of [to, path.join(to, 'deep')]) expect(statSync(folder).mode & 0o777).toBe(0o755);
    expect(readlinkSync(path.join(to, 'link'))).toBe('deep/er/a.txt');
    expect(await treeOf(to, calm)).toEqual(tree);
    writeFileSync(path.join(to, 'index.html'), 'hallo\n');
    const changed = await treeOf(to, calm);
    expect(changed).toMatchObject({ files: 2, bytes: 7 });
    expect(changed.tree).not.toBe(tree.tree);
  });

  test.each<[string, string, (folder: string) => void]>([
    ['a link with an absolute target', 'leads out of the site', (folder) => symlinkSync('/etc/hostname', path.join(folder, 'x'))],
    ['a link out of it', 'leads out of the site', (folder) => symlinkSync('../secret', path.join(folder, 'x'))],
    ['a link that leads nowhere', 'leads nowhere', (folder) => symlinkSync('missing', path.join(folder, 'x'))],
    [
      // By its text it stays within: `deep/up` leads to the top.
      'a link out of it by way of another link',
      'leads out of the site',
      (folder) => {
        symlinkSync('..', path.join(folder, 'deep/up'));
        symlinkSync('deep/up/../secret', path.join(folder, 'x'));
      },
    ],
    ['a pipe', 'neither a file nor a folder', (folder) => execFileSync('mkfifo', [path.join(folder, 'x')])],
    ['a file with the name of the manifest', "Hearth's own", (folder) => writeFileSync(path.join(folder, '.hearth-release.json'), '{}')],
    ['a name that is not UTF-8', 'is not UTF-8', (folder) => writeFileSync(Buffer.from(`${folder}/\xff.txt`, 'latin1'), '')],
    [
      'nothing but folders',
      'The site is empty',
      (folder) => {
        rmSync(path.join(folder, 'index.html'));
        rmSync(path.join(folder, 'deep/er/a.txt'));
      },
    ],
  ])('are refused with %s', async (_, message, make) => {
    writeFileSync(path.join(root, 'secret'), 'secret');
    make(from);
    await expect(copyTree(from, path.join(root, 'to'), calm)).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining(message),
    });
  });

  test('are no release when the manifest is cut, is of another one, or a file is not what it was', async () => {
    const folder = await release(one);
    expect(await verifyRelease(root, one, calm)).toMatchObject({ id: one, files: 2 });
    writeFileSync(path.join(folder, 'deep/er/a.txt'), 'b');
    await expect(verifyRelease(root, one, calm)).rejects.toMatchObject({ reason: 'precondition' });
    writeFileSync(path.join(folder, 'deep/er/a.txt'), 'a');
    execFileSync('cp', ['-r', folder, path.join(root, 'releases', two)]);
    expect(await releaseThere(root, two)).toBeUndefined();
    truncateSync(path.join(folder, '.hearth-release.json'), 60);
    expect(await releaseThere(root, one)).toBeUndefined();
    await expect(verifyRelease(root, one, calm)).rejects.toMatchObject({ reason: 'precondition' });
  });
});

describe('the link `current`', () => {
  const current = () => path.join(root, 'current');

  test('is switched, also where it is missing, leads nowhere or a temporary one was left', async () => {
    expect(await readCurrent(root)).toEqual({ kind: 'none' });
    await release(one);
    symlinkSync('nowhere', path.join(root, `.current.${one}.tmp`));
    await switchTo(root, one);
    expect(readlinkSync(current())).toBe(`releases/${one}`);
    expect(await readCurrent(root)).toEqual({ kind: 'release', id: one, there: true });
    rmSync(path.join(root, 'releases', one), { recursive: true });
    expect(await readCurrent(root)).toEqual({ kind: 'release', id: one, there: false });
    await release(two);
    await switchTo(root, two);
    expect(readFileSync(path.join(current(), 'index.html'), 'utf8')).toBe('hello\n');
    expect(await removeCurrent(root, one)).toBe(false);
    expect(await removeCurrent(root, two)).toBe(true);
    expect(await readCurrent(root)).toEqual({ kind: 'none' });
  });

  test('is never taken from somebody: a real folder, a file, a link to elsewhere', async () => {
    await release(one);
    mkdirSync(current());
    writeFileSync(path.join(current(), 'theirs'), 'theirs');
    expect(currentProblem(root, await readCurrent(root))).toMatchObject({ reason: 'precondition', hint: expect.stringContaining('mv ') });
    await expect(switchTo(root, one)).rejects.toThrow();
    expect(readFileSync(path.join(current(), 'theirs'), 'utf8')).toBe('theirs');
    rmSync(current(), { recursive: true });
    writeFileSync(current(), 'theirs');
    expect(currentProblem(root, await readCurrent(root))).toMatchObject({ reason: 'precondition' });
    for (const target of ['/srv/old', 'other/releases', `releases/../${one}`, 'releases/20200101000000']) {
      rmSync(current());
      symlinkSync(target, current());
      expect(await readCurrent(root)).toEqual({ kind: 'elsewhere', target });
      expect(currentProblem(root, await readCurrent(root))).toMatchObject({ reason: 'precondition' });
    }
  });
});

describe('a live site', () => {
  let state: TestState;
  beforeAll(async () => {
    state = await openState();
  });
  afterAll(() => state.close());

  const service = { name: 'docs', kind: 'static', site: { root: '', output: '.' } };
  const record = (id: string) =>
    ({
      id,
      rollbackTo: null,
      ...{ project: 'tried', environment: 'production', service: 'docs' },
      config: { service: { ...service, site: { ...service.site, root } }, environment: { name: 'production' } },
    }) as unknown as DeploymentRecord;
  const look = () => lookAtSite(state, record(one));
  const current = () => path.join(root, 'current');

  test('is well as long as `current` leads to it, and is put right when it does not', async () => {
    await release(one);
    await switchTo(root, one);
    expect(await look()).toEqual({ finding: { kind: 'well' } });
    rmSync(current());
    expect(await look()).toMatchObject({ finding: { kind: 'gone' }, wrong: 'its link `current` is gone' });
    symlinkSync(`releases/${two}`, current());
    expect(await look()).toMatchObject({ finding: { kind: 'gone' }, wrong: 'its link `current` leads nowhere' });
    await healSite(record(one), calm);
    expect(await look()).toEqual({ finding: { kind: 'well' } });
  });

  test('is well while another release is tried, to which it was switched', async () => {
    await release(one);
    await release(two);
    await switchTo(root, two);
    await state.store.write(author, (transaction) =>
      transaction.run("insert into projects (id, name, created) values ('tried', 'tried', 0)"),
    );
    await deploying(state, { id: two, project: 'tried', service: 'docs' });
    expect(await look()).toEqual({ finding: { kind: 'well' } });
    await state.store.write(author, (transaction) =>
      transaction.run("update deployments set state = 'failed', ended = 1 where id = ?", [two]),
    );
    expect(await look()).toMatchObject({ wrong: 'its link `current` leads to another release' });
    await state.store.write(author, (transaction) => transaction.run('delete from deployments'));
  });

  test('is not touched where somebody has a folder of his own, another release, or the files are others by now', async () => {
    const folder = await release(one);
    await release(two);
    await switchTo(root, two);
    const unknown = await look();
    expect(unknown).toMatchObject({ finding: { kind: 'failing', message: expect.stringContaining('another release') } });
    expect(unknown.wrong).toBeUndefined();
    rmSync(current());
    mkdirSync(current());
    const theirs = await look();
    expect(theirs).toMatchObject({ finding: { kind: 'failing', message: expect.stringContaining('is no link') } });
    expect(theirs.wrong).toBeUndefined();
    await expect(healSite(record(one), calm)).rejects.toMatchObject({ reason: 'precondition' });
    expect(statSync(current()).isDirectory()).toBe(true);
    rmSync(current(), { recursive: true });
    writeFileSync(path.join(folder, 'index.html'), 'other\n');
    await expect(healSite(record(one), calm)).rejects.toMatchObject({ message: expect.stringContaining('not those that were deployed') });
    expect(existsSync(current())).toBe(false);
    truncateSync(path.join(folder, '.hearth-release.json'), 10);
    const half = await look();
    expect(half.finding.kind).toBe('gone');
    expect(half.wrong).toBeUndefined();
  });
});

describe('a folder', () => {
  let state: TestState;
  let project = 'p0';
  beforeAll(async () => {
    state = await openState();
  });
  afterAll(() => state.close());
  beforeEach(async () => {
    project = `p${Number(project.slice(1)) + 1}`;
    await state.store.write(author, (transaction) =>
      transaction.run('insert into projects (id, name, created) values (?, ?, 0)', [project, project]),
    );
  });

  const claim = (service: string, more: Partial<Claim> = {}): Claim => ({
    ...{ project, projectName: 'shop', environment: 'production', service, root: path.join(root, 'srv/docs') },
    ...more,
  });
  const take = async (wanted: Claim) => {
    await claimFolder(state.store, wanted);
    await state.store.write(author, (transaction) => noteClaim(transaction, wanted));
  };
  test('belongs to one service of one environment, and is made open to all to read', async () => {
    await take(claim('docs'));
    expect(statSync(path.join(root, 'srv/docs/releases')).mode & 0o777).toBe(0o755);
    await take(claim('docs'));
    await deploying(state, { id: `${project}-docs`, project, service: 'docs' });
    for (const other of [
      claim('manual'),
      claim('docs', { environment: 'staging' }),
      claim('manual', { root: path.join(root, 'srv/docs/releases/x') }),
      claim('manual', { root: path.join(root, 'srv') }),
    ]) {
      expect(await claimProblem(state.store, other)).toMatchObject({ message: expect.stringContaining('of docs in production') });
      await expect(claimFolder(state.store, other)).rejects.toMatchObject({ reason: 'precondition' });
    }
    expect(await claimProblem(state.store, claim('manual', { root: path.join(root, 'srv/docs2') }))).toBeUndefined();
  });

  test('of a service that is no more may be had by another one', async () => {
    await take(claim('docs'));
    expect(await claimProblem(state.store, claim('manual'))).toBeUndefined();
    await take(claim('manual'));
    await deploying(state, { id: `${project}-manual`, project, service: 'manual' });
    expect(await claimProblem(state.store, claim('docs'))).toMatchObject({ message: expect.stringContaining('of manual') });
  });

  test('of another home is refused, and so is one whose marker nobody can read', async () => {
    await take(claim('docs'));
    const other = await openState();
    await other.store.write(author, (transaction) => transaction.run("update meta set value = 'another' where key = 'ownerId'"));
    const problem = await claimProblem(other.store, claim('docs'));
    await other.close();
    expect(problem).toMatchObject({ reason: 'precondition', message: expect.stringContaining('deployed from') });
    const marker = path.join(root, 'srv/docs/.hearth.json');
    truncateSync(marker, 20);
    expect(await claimProblem(state.store, claim('docs'))).toMatchObject({ message: expect.stringContaining('cannot be read') });
    rmSync(marker);
    expect(await claimProblem(state.store, claim('docs'))).toBeUndefined();
  });

  test('that is none is refused', async () => {
    writeFileSync(path.join(root, 'file'), '');
    expect(await claimProblem(state.store, claim('docs', { root: path.join(root, 'file/docs') }))).toMatchObject({
      message: expect.stringContaining('is no folder'),
    });
    mkdirSync(path.join(root, 'linked'));
    symlinkSync(root, path.join(root, 'linked/releases'));
    expect(await claimProblem(state.store, claim('docs', { root: path.join(root, 'linked') }))).toMatchObject({
      message: expect.stringContaining('is no folder'),
    });
  });
});

describe('a build on this machine', () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
  });
  const build = (run: readonly Service['name'][], more: { timeout?: number; signal?: AbortSignal } = {}) =>
    buildOnHost(
      {
        ...{ service: 'docs', run, folder: from, work: root, variables: { LEVEL: 'deep' }, timeout: more.timeout ?? 60_000 },
        line: (text) => void lines.push(text),
      },
      more.signal ?? calm,
    );
  /** The file is there before the number is in it. */
  const pidIn = (name: string) =>
    until(() => (existsSync(path.join(from, name)) && Number(readFileSync(path.join(from, name), 'utf8'))) || undefined);

  /** A killed process may take a moment to leave the table. */
  const gone = (pid: number) => until(() => !isAlive(pid));

  test('runs in the copy, with PATH, HOME and the variables of the service and nothing else', async () => {
    await build([
      '/bin/sh',
      '-c',
      'pwd; env | cut -d= -f1 | sort | grep -vE "^(_|PWD|OLDPWD|SHLVL|NODE_V8_COVERAGE)$" | tr "\\n" " "; echo; echo $LEVEL >&2',
    ]);
    expect(lines.sort()).toEqual(['HOME LEVEL PATH ', from, 'deep'].sort());
  });

  test('fails as its command does, and says when there is no such program', async () => {
    await expect(build(['/bin/sh', '-c', 'echo broken; exit 7'])).rejects.toMatchObject({
      reason: 'precondition',
      message: 'The build of docs ended with code 7.',
    });
    expect(lines).toEqual(['broken']);
    await expect(build(['no-such-program'])).rejects.toMatchObject({ reason: 'not-found', hint: expect.stringContaining('build.image') });
  });

  test('leaves nothing running: when it ends, when it takes too long, when it is canceled', async () => {
    const script = 'sleep 1000 & echo $! > child';
    await build(['/bin/sh', '-c', script]);
    await gone(await pidIn('child'));
    const deaf = `trap '' TERM; echo $$ > stuck; while :; do sleep 1; done`;
    await expect(build(['/bin/sh', '-c', `${script}; wait`], { timeout: 300 })).rejects.toMatchObject({ reason: 'timeout' });
    await gone(await pidIn('child'));
    const stop = new AbortController();
    const canceled = build(['/bin/sh', '-c', deaf], { signal: stop.signal });
    const stuck = await pidIn('stuck');
    stop.abort();
    await expect(canceled).rejects.toMatchObject({ reason: 'cancelled' });
    await gone(stuck);
  });

  test('ends with its command, also where a daemon of another session holds its output', async () => {
    // Not every machine has setsid(1).
    const start = `const { pid } = require('node:child_process').spawn('sleep', ['1000'], { detached: true, stdio: 'inherit' });
      require('node:fs').writeFileSync('daemon', String(pid)); console.log('done'); process.exit()`;
    await build([process.execPath, '-e', start]);
    const daemon = await pidIn('daemon');
    expect(lines).toEqual(['done']);
    expect(isAlive(daemon)).toBe(true);
    process.kill(daemon, 'SIGKILL');
  });

  test('that a killed hub has left is ended by the next one, and nobody else by its number', async () => {
    const running = build(['/bin/sh', '-c', 'echo $$ > own; while :; do echo beat >> beats; sleep 0.02; done']);
    const pid = await pidIn('own');
    const beats = () => (existsSync(path.join(from, 'beats')) ? statSync(path.join(from, 'beats')).size : 0);
    const noted = JSON.parse(readFileSync(path.join(root, 'builder.json'), 'utf8'));
    writeFileSync(path.join(root, 'builder.json'), JSON.stringify({ ...noted, startTime: '1' }));
    endOldBuild(root);
    const then = beats();
    await until(() => beats() > then + 5);
    writeFileSync(path.join(root, 'builder.json'), JSON.stringify(noted));
    endOldBuild(root);
    await expect(running).rejects.toMatchObject({ message: 'The build of docs ended with a signal.' });
    await gone(pid);
  });
});
