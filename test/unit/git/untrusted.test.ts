import { afterEach, describe, expect, test, vi } from 'vitest';
import { blankingEnvironment, parseNames } from '../../../server/git/untrusted.ts';

/** The settings of an environment, in order. */
function settings(environment: Record<string, string>): [string, string][] {
  const count = Number(environment['GIT_CONFIG_COUNT']);
  const start = Number(process.env['GIT_CONFIG_COUNT'] ?? 0);
  return Array.from({ length: count - start }, (_, index) => [
    environment[`GIT_CONFIG_KEY_${start + index}`] as string,
    environment[`GIT_CONFIG_VALUE_${start + index}`] as string,
  ]);
}

afterEach(() => vi.unstubAllEnvs());

describe('blanking', () => {
  test.each([
    ['filter.lfs.clean', ''],
    ['filter.a.b=c d.process', ''],
    ['diff.Some Driver.textconv', ''],
    ['diff.x.command', ''],
    ['merge.x.driver', ''],
    ['remote.origin.uploadpack', ''],
    ['credential.https://host.test.helper', ''],
    ['pager.log', 'false'],
    ['submodule.x.update', 'none'],
  ])('%s', (name, value) => {
    expect(settings(blankingEnvironment([name]))).toContainEqual([name, value]);
  });

  test('a filter is no longer required, wherever that was said', () => {
    expect(settings(blankingEnvironment(['filter.lfs.clean']))).toContainEqual(['filter.lfs.required', 'false']);
    expect(settings(blankingEnvironment(['filter.lfs.required']))).toContainEqual(['filter.lfs.required', 'false']);
  });

  test('a hook in the configuration is switched off, whichever of its keys is there', () => {
    expect(settings(blankingEnvironment(['hook.My Lint.command']))).toContainEqual(['hook.My Lint.enabled', 'false']);
    const both = settings(blankingEnvironment(['hook.x.event', 'hook.x.command', 'hook.x.enabled']));
    expect(both).toContainEqual(['hook.x.event', '']);
    expect(both.filter(([name]) => name === 'hook.x.enabled')).toEqual([['hook.x.enabled', 'false']]);
  });

  test('harmless settings stay', () => {
    const names = settings(blankingEnvironment(['user.name', 'core.autocrlf', 'mailmap.file', 'filterish.x.clean', 'color.ui'])).map(
      ([name]) => name,
    );
    expect(names).not.toContain('user.name');
    expect(names).not.toContain('core.autocrlf');
    expect(names).not.toContain('filterish.x.clean');
    expect(names).not.toContain('mailmap.file');
  });

  test('files to read are the repository’s to name only in trust; the user’s own stay', () => {
    expect(settings(blankingEnvironment(['mailmap.file'], ['mailmap.file']))).toContainEqual(['mailmap.file', '']);
  });

  test('what the user passes in the environment stays in force', () => {
    vi.stubEnv('GIT_CONFIG_COUNT', '1');
    const environment = blankingEnvironment([]);
    expect(environment['GIT_CONFIG_KEY_0']).toBeUndefined();
    expect(environment['GIT_CONFIG_KEY_1']).toBeDefined();
    expect(settings(environment)).toContainEqual(['core.fsmonitor', 'false']);
  });
});

describe('names as git lists them', () => {
  test('scope and name alternate; a name may hold a newline', () => {
    const listed = Buffer.from('global\0user.name\0local\0filter.a\nb.clean\0worktree\0core.fsmonitor\0');
    expect(parseNames(listed)).toEqual({
      names: ['user.name', 'filter.a\nb.clean', 'core.fsmonitor'],
      own: ['filter.a\nb.clean', 'core.fsmonitor'],
    });
  });

  test('a name that cannot be passed on exactly is refused: it could not be blanked', () => {
    const listed = Buffer.concat([Buffer.from('local\0filter.'), Buffer.of(0xff), Buffer.from('.clean\0')]);
    expect(() => parseNames(listed)).toThrow(expect.objectContaining({ reason: 'untrusted' }));
    // U+FFFD itself is a character like any other.
    expect(parseNames(Buffer.from('local\0filter.\ufffd.clean\0')).names).toEqual(['filter.\ufffd.clean']);
  });
});
