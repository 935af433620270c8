// The branch name made from a title: for any script, and always one that git takes.
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branchNameOf, freeBranch, isNamedAfter, slugOf } from '../../../server/work/branchName.ts';
import { hermeticEnvironment } from '../../support/repositories/repository.ts';

const name = (title: string, template = 'work/{id}-{slug}') => branchNameOf(template, { id: 12, type: 'feature', title, user: 'Ada Löve' });

describe('a slug', () => {
  test.each([
    ['Faster login', 'faster-login'],
    ['Größe & Übermut: naïve façade', 'große-ubermut-naive-facade'],
    ['  Привет, мир! ', 'привет-мир'],
    ['Тёмный йод', 'тёмный-йод'],
    ['登录更快', '登录更快'],
    ['한국어 제목', '한국어-제목'],
    ['تسجيل الدخول', 'تسجيل-الدخول'],
    ['हिन्दी शीर्षक', 'हिन्दी-शीर्षक'],
    ['🚀🔥', ''],
    ['../../etc/passwd.lock', 'etc-passwd-lock'],
    ['-x --force @{u} HEAD^', 'x-force-u-head'],
    ['<img src=x onerror=alert(1)> **bold** $(rm -rf ~)', 'img-src-x-onerror-alert-1-bold-rm-rf'],
    ['\u202egnp.exe', 'gnp-exe'],
  ])('of %j is %j', (title, slug) => expect(slugOf(title)).toBe(slug));

  test('has at most 50 code points and is cut between words', () => {
    const slug = slugOf('the quick brown fox jumps over the lazy dog and then over another one');
    expect(slug).toBe('the-quick-brown-fox-jumps-over-the-lazy-dog-and');
    expect([...slugOf('字'.repeat(300))]).toHaveLength(50);
    expect([...slugOf(`a ${'𝒳𐐀'.repeat(60)}`)].length).toBeLessThanOrEqual(50);
  });
});

describe('a branch name', () => {
  test('follows the template; an empty part takes its hyphen along', () => {
    expect(name('Faster login')).toBe('work/12-faster-login');
    expect(name('🚀')).toBe('work/12');
    expect(name('Faster', '{prefix}/{user}/{slug}-{id}')).toBe('feat/ada-love/faster-12');
    expect(name('🚀', '{type}/{slug}-{id}')).toBe('feature/12');
    expect(name('🚀', '{slug}')).toBe('work/12');
    expect(name('🚀', 'items/{slug}/{id}')).toBe('items/12');
  });

  test('is one that git takes, whatever the title', () => {
    const titles = fc.sample(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.string({
          unit: fc.constantFrom(
            '.',
            '/',
            '@',
            '{',
            '-',
            '~',
            '^',
            ':',
            '?',
            '*',
            '[',
            '\\',
            ' ',
            '.lock',
            'a',
            'é',
            '字',
            '\u0300',
            '\u0e33',
          ),
        }),
      ),
      { numRuns: 1500, seed: 12 },
    );
    const names = [...new Set(titles.flatMap((title) => [name(title), name(title, '{slug}'), name(title, '{user}/{slug}.{id}')]))];
    expect(names.length).toBeGreaterThan(1000);
    // One process for all: a name that is no ref makes update-ref refuse the whole, so the refused are looked for one by one.
    const refused = names.filter((each) => each.startsWith('-') || !isRef(each, names));
    expect(refused).toEqual([]);
  });

  test('gets a number when a branch has it, and is blocked by a branch where it needs a folder', () => {
    expect(freeBranch('work/12-a', ['main'])).toEqual({ kind: 'free', branch: 'work/12-a' });
    expect(freeBranch('work/12-a', ['work/12-a', 'WORK/12-A-2'])).toEqual({ kind: 'free', branch: 'work/12-a-3' });
    expect(freeBranch('work/12-a', ['work/12-a/deeper'])).toEqual({ kind: 'free', branch: 'work/12-a-2' });
    expect(freeBranch('work/12-a', ['work'])).toEqual({ kind: 'blocked', by: 'work' });
  });

  test('says which item it is for only when the number stands alone', () => {
    for (const branch of ['work/12-login', 'feature/12', 'fix-12', '12', '#12-x', '12_login']) expect(isNamedAfter(branch, 12)).toBe(true);
    for (const branch of ['work/112-login', 'v1.12', 'release/12.4', 'sha12', 'main', '12x']) expect(isNamedAfter(branch, 12)).toBe(false);
  });
});

let valid: Set<string> | undefined;

/** Whether git takes the name: one shell for all of them, which prints those that pass. */
function isRef(each: string, all: readonly string[]): boolean {
  if (valid === undefined) {
    const script = 'while IFS= read -r name; do git check-ref-format --branch "$name" >/dev/null 2>&1 && printf "%s\\n" "$name"; done';
    const { stdout } = spawnSync('bash', ['-c', script], { input: `${all.join('\n')}\n`, env: hermeticEnvironment(), maxBuffer: 1 << 26 });
    valid = new Set(stdout.toString('utf8').split('\n'));
  }
  return valid.has(each);
}
