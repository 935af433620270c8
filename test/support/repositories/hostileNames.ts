// Hostile names and contents inside an otherwise healthy repository. Each function returns a repository with two commits; dispose it.
import { mkdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { ODD_NAMES } from './generatedHistory.ts';
import { createRepository, type Repository } from './repository.ts';

export interface HostileFile {
  /** Relative to the root; as text where the name is UTF-8. */
  path: string;
  /** The lines as git counts them: only LF ends a line. */
  lines: number;
}

export interface HostileContents {
  repository: Repository;
  files: HostileFile[];
}

/** Files named like options, pathspec magic, globs; with spaces, quotes, tabs, newlines, backslashes, emoji. All are UTF-8. */
export function oddNames(): HostileContents {
  const repository = createRepository();
  const paths = [
    ...ODD_NAMES,
    '--output=pwned.txt',
    '--no-index',
    ':!x',
    ':(exclude)y',
    'a:b',
    'HEAD',
    ' leading',
    'trailing ',
    '…',
    'cr\rhere',
    '\u202egnp.txt',
  ];
  for (const path of paths) repository.write(path, `first in ${JSON.stringify(path)}\n`);
  repository.commit('Add odd names');
  for (const path of paths) repository.write(path, `first in ${JSON.stringify(path)}\nsecond\n`);
  repository.commit('Change odd names');
  return { repository, files: paths.map((path) => ({ path, lines: 2 })) };
}

/** Names that are not UTF-8, as bytes; one is renamed to another by the second commit, one more is only in the work tree. */
export function invalidUtf8Names(): { repository: Repository; names: Buffer[]; renamed: { from: Buffer; to: Buffer }; untracked: Buffer } {
  const repository = createRepository();
  const latin = Buffer.from('caf\xe9.txt', 'latin1');
  const broken = Buffer.from([0x61, 0xff, 0xfe, 0x0a, 0x62]);
  const from = Buffer.from('old\xe9', 'latin1');
  const to = Buffer.from('new\xe9', 'latin1');
  const untracked = Buffer.from('untracked\xfc', 'latin1');
  for (const name of [latin, broken, from]) repository.writeBytes(name, 'one\ntwo\nthree\n');
  repository.commit('Add names that are not UTF-8');
  unlinkSync(Buffer.concat([Buffer.from(`${repository.root}/`), from]));
  repository.writeBytes(to, 'one\ntwo\nthree\n');
  repository.writeBytes(latin, 'one\ntwo\nthree\nfour\n');
  repository.commit('Rename and change');
  repository.writeBytes(untracked, 'x\n');
  return { repository, names: [latin, broken, to], renamed: { from, to }, untracked };
}

/** Line ends, encodings and shapes of text that make careless tools count lines wrongly. Each file has a change in the second commit. */
export function oddContents(): HostileContents {
  const repository = createRepository();
  const cases: { path: string; first: string | Buffer; second: string | Buffer; lines: number }[] = [
    { path: 'crlf.txt', first: 'a\r\nb\r\n', second: 'a\r\nb2\r\nc\r\n', lines: 3 },
    { path: 'mixed.txt', first: 'a\nb\r\nc\rd\n', second: 'a\nb\r\nc\rd\ne\r\n', lines: 4 },
    { path: 'lf-to-crlf.txt', first: 'a\nb\n', second: 'a\r\nb\r\n', lines: 2 },
    { path: 'only-cr.txt', first: 'a\rb\rc', second: 'a\rb\rc\rd', lines: 1 },
    { path: 'no-final-newline.txt', first: 'a\nb', second: 'a\nb\nc', lines: 3 },
    { path: 'final-newline-added.txt', first: 'a\nb', second: 'a\nb\n', lines: 2 },
    { path: 'empty.txt', first: 'was here\n', second: '', lines: 0 },
    { path: 'was-empty.txt', first: '', second: 'now\nfull\n', lines: 2 },
    { path: 'one-newline.txt', first: '', second: '\n', lines: 1 },
    { path: 'blank-lines.txt', first: '\n\n\n', second: '\n\n\n\n', lines: 4 },
    { path: 'separators.txt', first: 'a\u2028b\u2029c\u0085d\n', second: 'a\u2028b\u2029c\u0085d\nform\ffeed\vtab\n', lines: 2 },
    { path: 'bom.txt', first: '\ufeffa\nb\n', second: '\ufeffa\nb\nc\n', lines: 3 },
    { path: 'utf16le.txt', first: utf16('a\nb\n'), second: utf16('a\nb\nc\n'), lines: 4 },
    { path: 'latin1.txt', first: Buffer.from('caf\xe9\n', 'latin1'), second: Buffer.from('caf\xe9\nna\xefve\n', 'latin1'), lines: 2 },
    { path: 'late-nul.txt', first: `${'x'.repeat(9000)}\n`, second: `${'x'.repeat(9000)}\n\0late\n`, lines: 2 },
    { path: 'binary.bin', first: Buffer.from([0, 1, 2, 10, 3]), second: Buffer.from([0, 1, 2, 10, 4]), lines: 2 },
    { path: 'markers.txt', first: 'a\n', second: '<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n', lines: 5 },
    { path: 'like-porcelain.txt', first: 'a\n', second: `${'0'.repeat(40)} 1 1 1\nauthor Nobody\n\tline\nfilename x\n`, lines: 4 },
    { path: 'like-diff.txt', first: 'a\n', second: 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n', lines: 6 },
    { path: 'control.txt', first: 'a\n', second: 'a\n\x1b[31mred\x1b[0m\x07\n', lines: 2 },
  ];
  for (const { path, first } of cases) repository.write(path, first);
  repository.commit('First contents');
  for (const { path, second } of cases) repository.write(path, second);
  repository.commit('Second contents');
  return { repository, files: cases.map(({ path, lines }) => ({ path, lines })) };
}

/** Links to a file, to a folder, to nothing and out of the repository; one plain file became a link and one link a file. */
export function symbolicLinks(): HostileContents & { outside: string } {
  const repository = createRepository();
  repository.write('target.txt', 'one\n');
  repository.write('folder/inside.txt', 'one\n');
  repository.write('became-link', 'a file\n');
  symlinkSync('target.txt', repository.path('became-file'));
  symlinkSync('target.txt', repository.path('to-file'));
  symlinkSync('folder', repository.path('to-folder'));
  symlinkSync('nowhere', repository.path('dangling'));
  symlinkSync('/etc/hostname', repository.path('outside'));
  repository.commit('Add links');
  repository.remove('became-link');
  symlinkSync('target.txt', repository.path('became-link'));
  repository.remove('became-file');
  repository.write('became-file', 'a file\n');
  repository.commit('Swap');
  const files = ['to-file', 'to-folder', 'dangling', 'outside', 'became-link'].map((path) => ({ path, lines: 1 }));
  return { repository, files, outside: 'outside' };
}

/**
 * An LFS pointer. Without the `required` filter it is plain text; with it (and no git-lfs on the machine) every plain command
 * that cleans the work tree fails.
 */
export function lfsPointer(options: { required?: boolean } = {}): HostileContents {
  const repository = createRepository();
  const pointer = (digit: string) => `version https://git-lfs.github.com/spec/v1\noid sha256:${digit.repeat(64)}\nsize 123456\n`;
  repository.write('large.bin', pointer('a'));
  repository.commit('Add the pointer');
  repository.write('large.bin', pointer('b'));
  repository.write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
  repository.commit('Change the pointer');
  if (options.required) {
    repository.git('config', 'filter.lfs.clean', 'no-such-git-lfs clean -- %f');
    repository.git('config', 'filter.lfs.smudge', 'no-such-git-lfs smudge -- %f');
    repository.git('config', 'filter.lfs.process', 'no-such-git-lfs filter-process');
    repository.git('config', 'filter.lfs.required', 'true');
    repository.write('large.bin', 'really large\n'); // as after a smudge: the work tree differs from the pointer
  }
  return { repository, files: [{ path: 'large.bin', lines: 3 }] };
}

/** `README.md` becomes `Readme.md`, and a folder `Src` becomes `src`. */
export function caseOnlyRename(): HostileContents & { before: string[]; after: string[] } {
  const repository = createRepository();
  const before = ['README.md', 'Src/a.ts'];
  const after = ['Readme.md', 'src/a.ts'];
  for (const path of before) repository.write(path, 'one\ntwo\nthree\n');
  repository.commit('Add');
  repository.git('mv', 'README.md', 'Readme.md');
  mkdirSync(repository.path('src'), { recursive: true });
  repository.git('mv', 'Src/a.ts', 'src/a.ts');
  repository.commit('Rename only in case');
  return { repository, files: after.map((path) => ({ path, lines: 3 })), before, after };
}

/** Names, mail addresses, messages, branch names and contents that try to become markup, scripts, command links or escape codes. */
export function hostileText(): HostileContents & { authors: string[]; payloads: readonly string[] } {
  const repository = createRepository();
  const payloads = [
    '<script>globalThis.pwned = 1</script>',
    '<img src=x onerror="globalThis.pwned = 1">',
    '[click](command:workbench.action.terminal.new)',
    '](command:x) ![x](https://tracker.example.test/x.png)',
    '</script><svg onload=globalThis.pwned=1>',
    '`code` $(touch pwned.txt) $\x7bglobalThis.pwned = 1} {{7*7}} $(icon~spin)',
    '\x1b]8;;https://example.test\x07link\x1b]8;;\x07 \x1b[2J',
    '\u202ereversed\u202c',
  ];
  const authors: string[] = [];
  for (const [index, payload] of payloads.entries()) {
    repository.write('page.html', `${payloads.slice(0, index + 1).join('\n')}\n`);
    repository.write(`names/${payload.replaceAll('/', '∕').slice(0, 60)}.html`, `${payload}\n`);
    const name = payload.replace(/[<>\n]/g, '');
    authors.push(name);
    repository.commit(`${payload}\n\n${payload}\n`, { author: { name, email: `x${index}"onload=globalThis.pwned=1@example.test` } });
  }
  repository.git('update-ref', 'refs/heads/<b>bold</b>', repository.head());
  return { repository, files: [{ path: 'page.html', lines: payloads.length }], authors, payloads };
}

function utf16(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
}
