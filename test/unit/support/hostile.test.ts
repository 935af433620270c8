// Proves with plain git that each hostile repository is what it says, so that a test built on it can fail.
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import * as hostile from '../../support/repositories/hostile.ts';
import * as names from '../../support/repositories/hostileNames.ts';
import type { Repository } from '../../support/repositories/repository.ts';
import { runGit } from '../../support/repositories/repository.ts';

const made: { dispose(): void }[] = [];
afterEach(() => {
  for (const each of made.splice(0)) each.dispose();
});

function keep<T extends { dispose(): void } | { repository: Repository }>(it: T): T {
  made.push('dispose' in it ? it : it.repository);
  return it;
}

describe('states', () => {
  test('every one can be made, and goes away when disposed', () => {
    for (const { name, make } of hostile.hostileStates) {
      const state = make();
      if (state === undefined) continue;
      expect(existsSync(state.root), name).toBe(true);
      state.dispose();
      expect(existsSync(state.root), name).toBe(false);
    }
  });

  test('unborn HEAD has no commit', () => {
    const { repository } = keep(hostile.unbornHead());
    expect(repository.tryGit(['rev-parse', '--verify', 'HEAD']).status).not.toBe(0);
  });

  test('detached HEAD is on no branch', () => {
    const { repository } = keep(hostile.detachedHead());
    expect(repository.tryGit(['symbolic-ref', 'HEAD']).status).not.toBe(0);
  });

  test('shallow clone has a boundary', () => {
    const { repository } = keep(hostile.shallowClone());
    expect(repository.git('rev-parse', '--is-shallow-repository')).toBe('true');
    expect(repository.git('blame', '--porcelain', 'a.txt')).toContain('\nboundary\n');
  });

  test('bare', () => {
    const { repository } = keep(hostile.bareRepository());
    expect(repository.git('rev-parse', '--is-bare-repository')).toBe('true');
  });

  test('partial clone lacks a blob and can fetch it', () => {
    const { repository, missing } = keep(hostile.partialClone());
    const offline = { env: { GIT_ALLOW_PROTOCOL: 'none' } };
    expect(repository.tryGit(['cat-file', '-e', missing], offline).status).not.toBe(0);
    expect(repository.tryGit(['cat-file', '-e', missing]).status).toBe(0);
  });

  test('partial clone without its origin cannot', () => {
    const { repository, missing } = keep(hostile.partialCloneWithoutOrigin());
    expect(repository.tryGit(['cat-file', '-e', missing]).status).not.toBe(0);
  });

  test('corrupt objects cannot be read, HEAD can', () => {
    for (const make of [hostile.corruptBlob, hostile.corruptTree, hostile.corruptCommit]) {
      const { repository, id } = keep(make());
      expect(repository.tryGit(['cat-file', '-p', id]).status).not.toBe(0);
      expect(repository.tryGit(['ls-tree', 'HEAD']).status).toBe(0);
    }
  });

  test('a branch named --output=… writes a file when it is taken for an option', () => {
    const { repository, names: refs, mustNotAppear } = keep(hostile.optionLikeRefs());
    expect(repository.git('for-each-ref', '--format=%(refname:lstrip=2)', 'refs/heads').split('\n')).toEqual(expect.arrayContaining(refs));
    expect(existsSync(mustNotAppear)).toBe(false);
    repository.git('diff', '--output=pwned.txt', 'HEAD~1');
    expect(existsSync(mustNotAppear)).toBe(true);
  });

  test('a submodule that moved', () => {
    const { repository } = keep(hostile.submodule());
    expect(repository.git('diff', '--raw')).toMatch(/^:160000 160000 .* M\tmodule$/);
  });

  test('linked worktree shares the repository', () => {
    const { root, main } = keep(hostile.linkedWorktree());
    expect(runGit(['rev-parse', '--git-common-dir'], { cwd: root }).stdout.toString().trim()).toBe(`${main}/.git`);
  });

  test('reftable: its tables move by rename', () => {
    const { repository, advance } = keep(hostile.reftableRepository());
    const before = readFileSync(repository.path('.git/reftable/tables.list'), 'utf8');
    advance();
    expect(readFileSync(repository.path('.git/reftable/tables.list'), 'utf8')).toMatch(new RegExp(`^${before}.+\n$`));
  });

  test.runIf(process.getuid?.() === 0)('dubious ownership is refused by git', () => {
    const state = hostile.dubiousOwnership();
    if (state === undefined) throw new Error('root can make it');
    const { repository } = keep(state);
    expect(repository.tryGit(['status']).stderr).toContain('dubious ownership');
  });

  test('unmerged index has all three kinds', () => {
    const { repository } = keep(hostile.unmergedIndex());
    expect(repository.git('status', '--porcelain').split('\n').sort()).toEqual(['AA new.txt', 'DU gone.txt', 'UU a.txt']);
  });

  test('rewritten history loses its old commits', () => {
    const { repository, before, rewrite } = keep(hostile.rewrittenHistory());
    const after = rewrite();
    expect(repository.head()).toBe(after);
    expect(repository.tryGit(['cat-file', '-e', before]).status).not.toBe(0);
  });

  test('blame follows a replaced object', () => {
    const { repository, original } = keep(hostile.replacedObject());
    expect(repository.git('blame', '--porcelain', '-L2,2', 'a.txt')).toMatch(new RegExp(`^${original} [^]*summary Commit 2, replaced`));
  });
});

describe('names and contents', () => {
  test('odd names are files of HEAD, exactly', () => {
    const { repository, files } = keep(names.oddNames());
    const listed = repository.git('ls-tree', '-r', '-z', '--name-only', 'HEAD').split('\0');
    expect(listed).toEqual(expect.arrayContaining(files.map(({ path }) => path)));
  });

  test('names that are not UTF-8 stay bytes', () => {
    const { repository, renamed } = keep(names.invalidUtf8Names());
    const raw = repository.gitBytes(['diff', '--name-status', '-z', '-M', 'HEAD~1', 'HEAD']);
    expect(raw.includes(Buffer.concat([renamed.from, Buffer.from([0]), renamed.to]))).toBe(true);
  });

  test('blame counts the lines that are said', () => {
    const { repository, files } = keep(names.oddContents());
    for (const { path, lines } of files) {
      const blamed = repository.git('blame', '--line-porcelain', 'HEAD', '--', path).match(/^author /gm) ?? [];
      expect(blamed.length, path).toBe(lines);
    }
  });

  test('links', () => {
    const { repository } = keep(names.symbolicLinks());
    expect(repository.git('diff', '--raw', 'HEAD~1', 'HEAD')).toMatch(
      /^:120000 100644 .* T\tbecame-file\n:100644 120000 .* T\tbecame-link$/,
    );
  });

  test('a required LFS filter breaks a plain diff', () => {
    const { repository } = keep(names.lfsPointer({ required: true }));
    expect(repository.tryGit(['diff', 'HEAD', '--', 'large.bin']).status).not.toBe(0);
    const { repository: harmless } = keep(names.lfsPointer());
    expect(harmless.tryGit(['diff', 'HEAD']).status).toBe(0);
  });

  test('case-only rename', () => {
    const { repository } = keep(names.caseOnlyRename());
    expect(repository.git('diff', '--name-status', '-M', 'HEAD~1', 'HEAD')).toBe('R100\tREADME.md\tReadme.md\nR100\tSrc/a.ts\tsrc/a.ts');
  });

  test('hostile text is stored as it is', () => {
    const { repository, payloads } = keep(names.hostileText());
    const subjects = repository.git('log', '--reverse', '--format=%s', '-z').split('\0');
    for (const payload of payloads) expect(subjects).toContain(payload);
  });
});
