import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pathProblem, readOwnFile, writeOwnFile } from '../../../server/config/ownFile.ts';
import { defaultWorkConfig, isProtected, readWorkConfig } from '../../../server/config/workConfig.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'hearth-config-'));
  mkdirSync(path.join(root, '.hearth'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function read(text: string | Buffer) {
  writeFileSync(path.join(root, '.hearth/work.yaml'), text);
  const { config, problems } = await readWorkConfig(root);
  return { config, problems: problems.map(({ path: file, line, problem }) => `${file}:${line} ${problem}`) };
}

describe('.hearth/work.yaml', () => {
  test('may be missing', async () => {
    expect(await readWorkConfig(root)).toEqual({ config: defaultWorkConfig, problems: [] });
    expect(await read('')).toEqual({ config: defaultWorkConfig, problems: [] });
    expect(await read('# only a comment\n')).toEqual({ config: defaultWorkConfig, problems: [] });
  });

  test('says how the repository works', async () => {
    const text = `changelog: { file: docs/CHANGELOG.md, folder: .changes, required: merge }
branch: { template: "{type}/{id}-{slug}", base: develop }
protected: [main, "release/*"]
complete: { notes: false, checklist: false }
`;
    expect(await read(text)).toEqual({
      config: {
        changelog: { file: 'docs/CHANGELOG.md', folder: '.changes', required: 'merge' },
        branch: { template: '{type}/{id}-{slug}', base: 'develop' },
        protected: ['main', 'release/*'],
        complete: { notes: false, checklist: false },
      },
      problems: [],
    });
  });

  test('keeps what is right beside what is wrong, and names the lines', async () => {
    const { config, problems } = await read(`changelog:
  file: ../outside.md
  required: sometimes
  folder: notes
branch:
  template: "work/{nope}"
  base: "-x"
colour: red
protected: { a: 1 }
complete:
  notes: 1
`);
    expect(problems).toEqual([
      '.hearth/work.yaml:8 there is no key "colour" here; known are changelog, branch, protected, complete',
      '.hearth/work.yaml:2 changelog.file must not contain "..", "." or empty parts',
      '.hearth/work.yaml:7 branch.base must be the name of a branch',
      '.hearth/work.yaml:3 changelog.required must be one of commit, merge, off',
      '.hearth/work.yaml:6 branch.template must not contain {nope}: {type}, {prefix}, {id}, {slug} and {user} are known',
      '.hearth/work.yaml:9 protected must be a list of at most 100 patterns',
      '.hearth/work.yaml:11 complete.notes must be true or false',
    ]);
    expect(config).toEqual({ ...defaultWorkConfig, changelog: { file: 'CHANGES.md', folder: 'notes', required: 'commit' } });
  });

  test('takes `off` and `false` for never', async () => {
    expect((await read('changelog: { required: off }')).config.changelog.required).toBe('off');
    expect((await read('changelog: { required: false }')).config.changelog.required).toBe('off');
  });

  test('that is no YAML, too large, or no file counts as missing and is said', async () => {
    expect((await read('a: [')).problems[0]).toMatch(/^\.hearth\/work\.yaml:1 /);
    expect((await read('a: 1\na: 2\n')).problems[0]).toContain('Map keys must be unique');
    expect((await read(Buffer.from([0xff, 0xfe, 0x61]))).problems).toEqual(['.hearth/work.yaml:1 the file is not UTF-8']);
    expect((await read(`# ${'x'.repeat(70_000)}`)).problems).toEqual(['.hearth/work.yaml:1 .hearth/work.yaml is larger than 64 kB.']);
    rmSync(path.join(root, '.hearth/work.yaml'));
    symlinkSync('/etc/passwd', path.join(root, '.hearth/work.yaml'));
    expect((await readWorkConfig(root)).problems).toEqual([
      { path: '.hearth/work.yaml', line: 1, problem: '.hearth/work.yaml is a link.' },
    ]);
  });

  test('cannot blow up by aliases', async () => {
    const bomb = `a: &a [x, x]\n${Array.from({ length: 30 }, (_, at) => `b${at}: &b${at} [*${at === 0 ? 'a' : `b${at - 1}`}, *${at === 0 ? 'a' : `b${at - 1}`}]`).join('\n')}\nprotected: *b29\n`;
    expect((await read(bomb)).problems.filter((each) => each.endsWith('protected must be text'))).toHaveLength(2);
  });

  test('does not lead through links out of the work tree', async () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'hearth-outside-'));
    symlinkSync(outside, path.join(root, 'notes'));
    const { config, problems } = await read('changelog:\n  folder: notes\n');
    expect(config.changelog.folder).toBe('changes');
    expect(problems).toEqual(['.hearth/work.yaml:2 changelog.folder: notes is a link']);
    await expect(writeOwnFile(root, 'notes/12.md', 'x')).rejects.toMatchObject({ reason: 'invalid' });
    await expect(readOwnFile(root, 'notes/12.md', 10)).rejects.toMatchObject({ reason: 'invalid' });
    rmSync(outside, { recursive: true });
  });
});

test('branches are protected by patterns', async () => {
  const config = { ...defaultWorkConfig, protected: ['main', 'release/*', '!x', '@(a|b)'] };
  const names = ['main', 'release/1.0', 'release/1/2', 'maintenance', '!x', 'a', 'x'];
  const answers = await Promise.all(names.map((name) => isProtected(config, name)));
  expect(names.filter((_, at) => answers[at])).toEqual(['main', 'release/1.0', '!x']);
});

test('paths that leave the work tree are no paths', () => {
  const bad = ['', '/etc/passwd', '../x', 'a/../b', 'a//b', '.git/config', 'a/.GIT/x', 'a\nb', 'C:\\x', './a'];
  expect(bad.filter((each) => pathProblem(each) === undefined)).toEqual([]);
  expect(['CHANGES.md', 'a b/ü.md', '.changes/x', '-x'].map(pathProblem)).toEqual([undefined, undefined, undefined, undefined]);
});
