import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Build } from '../../../server/config/hearthTypes.ts';
import { contextFolders, contextOf } from '../../../server/deploy/build/context.ts';
import { needsBuildKit } from '../../../server/deploy/build/dockerfile.ts';
import { dockerignore } from '../../../server/deploy/build/dockerignore.ts';
import { labelled } from '../../../server/deploy/build/labelled.ts';
import { filterTar } from '../../../server/deploy/build/tarFilter.ts';
import { tarOf } from '../../../server/deploy/engine/tar.ts';
import { Repositories, type Repository } from '../../../server/git/repository.ts';
import { Session } from '../../../server/rpc/session.ts';
import { childrenOf } from '../../support/processes.ts';
import { createRepository } from '../../support/repositories/repository.ts';

/** What GNU tar finds in an archive. */
function list(archive: Buffer): string[] {
  return execFileSync('tar', ['-tf', '-', '--quoting-style=literal'], { input: archive, encoding: 'utf8' }).split('\n').filter(Boolean);
}

async function filtered(archive: Buffer, keep: (file: string) => boolean, size = 1000): Promise<Buffer> {
  const chunks = (async function* () {
    for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
  })();
  const out: Buffer[] = [];
  for await (const chunk of filterTar(chunks, { keep })) out.push(Buffer.from(chunk));
  return Buffer.concat(out);
}

describe('the context of a build', () => {
  it('is the archive of git without what is left out, long names and links too', async () => {
    using repository = createRepository();
    const long = `${'folder-with-a-long-name/'.repeat(12)}ö.txt`;
    for (const file of ['a.txt', 'b.log', 'sub/c.log', long]) repository.write(file, `${file}\n`.repeat(100));
    symlinkSync('a.txt', path.join(repository.root, 'link'));
    const commit = repository.commit('Add', { stage: 'all' });
    const archive = execFileSync('git', ['archive', '--format=tar', commit], { cwd: repository.root, maxBuffer: 64 << 20 });
    const all = list(archive).filter((file) => !file.endsWith('/'));
    expect(all).toContain(long);
    const kept = list(await filtered(archive, (file) => !file.endsWith('.log'), 333)).filter((file) => !file.endsWith('/'));
    expect(kept).toEqual(all.filter((file) => !file.endsWith('.log')));
    expect(list(await filtered(archive, (file) => file !== long))).not.toContain(long);
  });

  it('that is torn is an error, wherever it ends', async () => {
    const archive = tarOf([{ path: 'a', mode: 0o644, data: Buffer.alloc(700, 97) }]);
    for (const length of [0, 100, 512, 900, 1024, 1500]) {
      await expect(
        filtered(archive.subarray(0, length), () => true),
        String(length),
      ).rejects.toMatchObject({ reason: 'io' });
    }
    expect(list(await filtered(archive, () => true))).toEqual(['a']);
  });

  it('our own archives are read by tar as they were meant', () => {
    const long = `${'x'.repeat(60)}/`.repeat(3);
    const folder = mkdtempSync(path.join(tmpdir(), 'hearth-tar-'));
    const archive = tarOf([
      { path: 'run/secrets/', mode: 0o755 },
      { path: 'run/secrets/A', mode: 0o440, data: Buffer.from('value') },
      { path: `${long}ü`, mode: 0o644, data: Buffer.alloc(512) },
    ]);
    execFileSync('tar', ['-xf', '-', '-C', folder], { input: archive });
    expect(
      execFileSync('find', ['.', '-type', 'f', '-printf', '%m %s %P\n'], { cwd: folder, encoding: 'utf8' }).trim().split('\n').sort(),
    ).toEqual(['440 5 run/secrets/A', `644 512 ${long}ü`].sort());
    rmSync(folder, { recursive: true });
  });
});

describe('a folder of a commit', () => {
  const never = AbortSignal.timeout(300_000);
  const folder = 'apps/the web';
  /** Around the lengths where a path no longer fits the field of its name, nor that and its prefix. */
  const long = [60, 80, 87, 88, 100, 101, 150, 230, 300].map(
    (length) => `${'d/'.repeat(Math.floor(length / 4))}${'n'.repeat(length - 2 * Math.floor(length / 4))}`,
  );
  /** Where file systems take it. */
  const notUtf8 = process.platform === 'linux' ? Buffer.from('caf\xe9', 'latin1') : Buffer.from('cafe');
  const attributes = '*.img filter=big\napps/**/crlf.txt text eol=crlf\n';
  let files: ReturnType<typeof createRepository>;
  let repositories: Repositories;
  let repository: Repository;
  let commit: string;

  beforeAll(async () => {
    files = createRepository();
    files.git('config', 'filter.big.smudge', 'tr a-z A-Z');
    files.git('config', 'filter.big.clean', 'tr A-Z a-z');
    files.write('.gitattributes', attributes);
    for (const path of ['Dockerfile', 'a.img', 'sub/crlf.txt', 'ö.img', ...long]) files.write(`${folder}/${path}`, `text of ${path}\n`);
    files.write('apps/the web2/x', 'beside\n');
    files.write('outside.img', 'outside\n');
    files.write('tools/Dockerfile', 'FROM scratch\n');
    symlinkSync('a.img', path.join(files.root, folder, 'link'));
    writeFileSync(Buffer.concat([Buffer.from(`${files.root}/${folder}/`), notUtf8]), 'not UTF-8\n');
    commit = files.commit('Add', { stage: 'all' });
    // Not committed, and so without effect.
    files.write('.gitattributes', '* -filter -text\n');
    repositories = new Repositories();
    repository = await repositories.at(files.root, new Session(true));
  });
  afterAll(() => {
    repositories.dispose();
    files.dispose();
  });

  function everyFile(root: string): Record<string, string> {
    const names = execFileSync('find', ['.', '-type', 'f', '-o', '-type', 'l'], { cwd: root, encoding: 'latin1' })
      .trim()
      .split('\n')
      .sort();
    const at = (name: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, 'latin1')]);
    return Object.fromEntries(names.map((name) => [name, readFileSync(at(name), 'utf8')]));
  }

  const contextAt = (context: string, at = commit) => contextOf(repository, at, { context, dockerfile: 'Dockerfile' } as Build, never);

  async function unpacked(context: string, at = commit): Promise<Record<string, string>> {
    const to = mkdtempSync(path.join(tmpdir(), 'hearth-context-'));
    const { archive } = await contextAt(context, at);
    const chunks: Buffer[] = [];
    for await (const chunk of archive(never)) chunks.push(chunk as Buffer);
    execFileSync('tar', ['-xf', '-', '-C', to], { input: Buffer.concat(chunks) });
    const found = everyFile(to);
    rmSync(to, { recursive: true });
    return found;
  }

  it('is as in a fresh clone: the attributes of the whole commit make its files, names of every length stay', async () => {
    const clone = mkdtempSync(path.join(tmpdir(), 'hearth-clone-'));
    execFileSync('git', ['-c', 'filter.big.smudge=tr a-z A-Z', 'clone', '-q', files.root, clone]);
    const wanted = everyFile(path.join(clone, folder));
    expect(wanted['./a.img']).toBe('TEXT OF A.IMG\n');
    expect(wanted['./sub/crlf.txt']).toBe('text of sub/crlf.txt\r\n');
    expect(Object.keys(wanted)).toHaveLength(6 + long.length);
    expect(await unpacked(folder)).toEqual(wanted);
    const { folders, dispose } = await contextFolders(repository, commit, { web: `./${folder}/`, all: '.' }, never);
    expect(everyFile(folders['web'] ?? '')).toEqual(wanted);
    expect(everyFile(folders['all'] ?? '')).toMatchObject({ './.gitattributes': attributes, './outside.img': 'OUTSIDE\n' });
    await dispose();
    rmSync(clone, { recursive: true });
  });

  it('has the files that are kept out of archives, or is one', async () => {
    files.write('.gitattributes', `${attributes}/tools export-ignore\nDockerfile export-ignore\n*.txt export-ignore\n`);
    const changed = files.commit('Keep out', { stage: 'all' });
    expect(await unpacked('tools', changed)).toEqual({ './Dockerfile': 'FROM scratch\n' });
    expect(Object.keys(await unpacked(folder, changed))).toEqual(expect.arrayContaining(['./Dockerfile', './sub/crlf.txt']));
  });

  it('is a folder: no link that leads out of it, no file, no submodule, nothing that is not there', async () => {
    symlinkSync('/etc', path.join(files.root, 'out'));
    files.git('update-index', '--add', '--cacheinfo', `160000,${commit},module`);
    files.git('add', 'out');
    files.git('commit', '-q', '-m', 'Lead out');
    const at = files.git('rev-parse', 'HEAD').trim();
    for (const other of ['out', 'module', 'outside.img', 'missing', ':(top)', '-x']) {
      await expect(contextFolders(repository, at, { other }, never), other).rejects.toMatchObject({
        reason: 'not-found',
        message: `"${other}" is no folder of ${at.slice(0, 12)}.`,
      });
    }
  });

  it('of which nobody reads more ends its git process', async () => {
    files.write(`${folder}/large`, randomBytes(8 << 20));
    const { archive } = await contextAt(folder, files.commit('Large', { stage: 'all' }));
    const stream = archive(never);
    await once(stream, 'readable');
    const isArchive = (pid: number) => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`).includes('\0archive\0');
    expect(childrenOf(process.pid).filter(isArchive)).toHaveLength(1);
    stream.destroy();
    await expect.poll(() => childrenOf(process.pid).filter(isArchive)).toEqual([]);
  });
});

describe('.dockerignore', () => {
  const cases: [pattern: string, ignored: string[], kept: string[]][] = [
    ['*.log', ['a.log'], ['sub/a.log', 'alog']],
    ['**/*.log', ['a.log', 'sub/a.log', 'a/b/c.log'], ['a.txt']],
    ['/node_modules/', ['node_modules', 'node_modules/x/y'], ['sub/node_modules/x']],
    ['**/node_modules', ['node_modules/x', 'sub/node_modules/x'], ['my_node_modules/x']],
    ['docs/**', ['docs/a', 'docs/b/c'], ['docs2/a']],
    ['a?c', ['abc'], ['ac', 'a/c']],
    ['temp[0-9]', ['temp1', 'temp5/x'], ['tempx', 'temp10']],
    ['a\\*b', ['a*b'], ['axb']],
    ['a.b+(c)', ['a.b+(c)'], ['axb+(c)', 'a.bb(c)']],
    ['./x/../y', ['y'], ['x']],
    ['# comment\n\n  spaced  ', ['spaced'], ['# comment']],
    ['*\n!keep\n!docs/**\ndocs/private', ['x', 'docs/private/x'], ['keep', 'keep/x', 'docs/a']],
    ['!x\n*.md\n!README.md', ['a.md'], ['README.md', 'x']],
    ['.', [], ['a', '.']],
    ['[', [], ['a']],
  ];
  it.each(cases)('%j', (text, ignored, kept) => {
    const ignores = dockerignore(text);
    expect(ignored.filter((file) => !ignores(file))).toEqual([]);
    expect(kept.filter((file) => ignores(file))).toEqual([]);
  });
});

describe('a Dockerfile', () => {
  it('is told what needs BuildKit, by line', () => {
    const text = [
      '# RUN --mount=x',
      'FROM busybox',
      'run --network=none true',
      'RUN echo --mount=x \\',
      '  RUN --mount=y',
      'COPY --from=a --chmod=755 x y',
      'COPY --chown=1 --from=b x y',
      'ADD --checksum=sha256:0 x y',
      'RUN cat <<"EOF" > x',
      'COPY --link not an instruction',
      'EOF',
      'RUN test 1 << 2',
      'ENV A="<<B"',
    ].join('\n');
    expect(needsBuildKit(text)).toEqual([
      { line: 3, what: 'RUN --network' },
      { line: 6, what: 'COPY --chmod' },
      { line: 8, what: 'ADD --checksum' },
      { line: 9, what: 'RUN <<EOF' },
    ]);
    expect(needsBuildKit('FROM a\r\nRUN true\r\n')).toEqual([]);
  });

  it('gets its labels in the stage that is built', () => {
    const text = 'FROM a AS One\nRUN x \\\n FROM no stage\n# FROM comment\nfrom b as two\nRUN y\n';
    const line = 'LABEL "k"="a \\"b\\" \\$c \\\\"';
    const labels = { k: 'a "b" $c \\' };
    const at = (target?: string) => labelled(text, target, labels)?.split('\n').indexOf(line);
    expect([at(), at('two'), at('TWO'), at('1'), at('one'), at('0')]).toEqual([7, 7, 7, 7, 4, 4]);
    expect(at('three')).toBeUndefined();
    expect(labelled('# escape=`\nFROM a', undefined, labels)).toBeUndefined();
    expect(labelled('FROM a\nRUN x \\\n', undefined, labels)).toBeUndefined();
    expect(labelled('RUN x', undefined, labels)).toBeUndefined();
    expect(labelled('FROM a', undefined, { k: 'two\nlines' })).toBeUndefined();
  });
});
