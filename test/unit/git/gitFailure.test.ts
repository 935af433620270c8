import { describe, expect, test } from 'vitest';
import { gitFailure } from '../../../server/git/gitFailure.ts';

const said = (stderr: string, exitCode = 128) => gitFailure(['log'], { stderr, exitCode });

describe('what git says becomes a reason and a sentence', () => {
  test.each([
    ["fatal: detected dubious ownership in repository at '/x'\nTo add an exception…", 'unsafe-repository'],
    ['fatal: not a git repository (or any of the parent directories): .git', 'not-found'],
    ["fatal: cannot use bare repository '/x' (safe.bareRepository is 'explicit')", 'unsupported'],
    ['fatal: unknown repository extension found:\n\trefstorage', 'unsupported'],
    ["fatal: Unable to create '/x/.git/index.lock': File exists.", 'locked'],
    ["fatal: path 'a' does not exist in 'HEAD'", 'not-found'],
    ['fatal: There is no path a.txt in the commit', 'not-found'],
    ['fatal: file a.txt has only 3 lines', 'invalid'],
    ["fatal: -L parameter 'nope' starting at line 1: no match", 'not-found'],
    ["fatal: bad revision 'nope'", 'not-found'],
    ["fatal: ambiguous argument 'nope': unknown revision or path not in the working tree.", 'not-found'],
    ['fatal: bad object refs/heads/broken', 'not-found'],
    ["fatal: your current branch 'main' does not have any commits yet", 'not-found'],
    [
      'error: inflate: data stream error (incorrect header check)\nfatal: loose object 12 (stored in .git/objects/12) is corrupt',
      'git-failed',
    ],
    ['fatal: unable to read tree 0123', 'git-failed'],
    ["fatal: transport 'ssh' not allowed\nfatal: could not fetch 12 from promisor remote", 'precondition'],
    ['something nobody has seen', 'git-failed'],
    ['', 'git-failed'],
  ])('%s', (stderr, reason) => {
    const failure = said(stderr);
    expect(failure.reason).toBe(reason);
    expect(failure.message).toMatch(/^[^\n]{4,320}$/);
  });

  test('a missing program, a missing folder, too many arguments', () => {
    const error = (code: string) => Object.assign(new Error(`spawn git ${code}`), { code });
    expect(gitFailure([], { error: error('ENOENT'), stderr: '', exitCode: null }).reason).toBe('git-missing');
    expect(gitFailure([], { error: error('ENOENT'), stderr: '', exitCode: null, cwd: '/no/such/folder' }).reason).toBe('not-found');
    expect(gitFailure([], { error: error('ENOENT'), stderr: '', exitCode: null, cwd: '/' }).reason).toBe('git-missing');
    expect(gitFailure([], { error: error('E2BIG'), stderr: '', exitCode: null }).reason).toBe('invalid');
  });
});
