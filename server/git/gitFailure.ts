import { existsSync } from 'node:fs';
import { Failure } from '../rpc/failure.ts';

interface GitEnd {
  error?: Error;
  stderr: string;
  exitCode: number | null;
  /** Where it was to run: a folder that is gone looks like a missing program. */
  cwd?: string;
}

/** What git says (with LC_ALL=C) → reason, sentence, hint. The one place that reads git's error text; clients only see the reason. */
const patterns: readonly { match: RegExp; make: (text: RegExpMatchArray) => Failure }[] = [
  {
    match: /detected dubious ownership in repository at '([^']*)'/,
    make: (text) =>
      new Failure('unsafe-repository', `Git refuses to read ${text[1]} because it belongs to another user.`, {
        hint: 'If you trust it, run: git config --global --add safe.directory <that folder>. Hearth never overrides this.',
      }),
  },
  {
    match: /cannot use bare repository '([^']*)'/,
    make: (text) =>
      /(^|[\\/])\.git([\\/]|$)/.test(text[1] ?? '')
        ? new Failure('not-found', 'This is inside a .git folder, not inside a work tree.', { hint: 'Open the folder that contains .git.' })
        : new Failure('unsupported', 'This is a bare repository: it has no files to show.', { hint: 'Open a clone or a worktree of it.' }),
  },
  {
    match: /(?:clean|smudge|external) filter '([^'\n]*)' failed|^(.*?filter-process)\b/m,
    make: (text) =>
      new Failure(
        'precondition',
        `A filter that this repository or your configuration names failed: ${(text[1] ?? text[2] ?? '').slice(0, 200)}.`,
        {
          hint: 'Install the program it needs (git-lfs for large files), or read the repository without trust.',
        },
      ),
  },
  {
    match: /not a git repository|must be run in a work tree/,
    make: () =>
      new Failure('not-found', 'This is not inside a git repository.', { hint: 'Open a folder that has one, or run `git init`.' }),
  },
  {
    match:
      /unknown repository extensions? found:\s*([\w. \n\t-]+)|unknown value for 'extensions\.\w+'|unknown ref storage format '?([\w-]+)/i,
    make: (text) =>
      new Failure(
        'unsupported',
        `This git cannot read the repository: unknown extension ${(text[1] ?? text[2] ?? '').trim().replaceAll(/\s+/g, ', ')}.`,
        {
          hint: 'Install a newer git (2.45 reads reftable) and set `hearth.git.path` if it is not first on PATH.',
        },
      ),
  },
  {
    match: /Unable to create '(.*\.lock)': File exists|could not lock config file (.*): File exists/,
    make: (text) =>
      new Failure('locked', `Another git process holds ${text[1] ?? `${text[2]}.lock`}.`, {
        hint: 'Wait for it to end; if it crashed, remove that file by hand.',
      }),
  },
  {
    match: /There is no path (.*) in the commit|no such path '?(.*?)'? in|path '(.*?)' (?:does not exist|exists on disk, but not) in/,
    make: (text) => new Failure('not-found', `There is no file ${text[1] ?? text[2] ?? text[3]} in that revision.`),
  },
  {
    match: /-L parameter '(.*)' starting at line \d+: no match/,
    make: (text) =>
      new Failure('not-found', `There is no function "${text[1]}" in that file.`, {
        hint: 'Git finds functions by the first line of their definition.',
      }),
  },
  { match: /file (.*) has only (\d+) lines?/, make: (text) => new Failure('invalid', `${text[1]} has only ${text[2]} lines.`) },
  {
    match:
      /bad revision '(.*?)'|ambiguous argument '(.*?)'|invalid object name '?(.*?)'?\.?$|Not a valid object name '?(.*?)'?$|unknown revision|bad object ([\w/.@{}^~:-]+)|Needed a single revision|no such ref:? ?(.*)/m,
    make: (text) => {
      const name = text.slice(1).find((each) => each !== undefined);
      return new Failure('not-found', name ? `There is no revision "${name}" here.` : 'There is no such revision here.', {
        hint: 'Check the spelling, or fetch it first.',
      });
    },
  },
  {
    match: /does not have any commits yet/,
    make: () => new Failure('not-found', 'This branch has no commits yet.', { hint: 'Make the first commit.' }),
  },
  {
    match:
      /object file .* is empty|loose object .* is corrupt|is corrupted?|inflate: data stream error|unable to read (?:tree|sha1 file|object)|missing blob|unable to unpack|failed to read object|could not read|garbage at end of loose object/i,
    make: () =>
      new Failure('git-failed', 'An object of this repository is damaged or missing.', {
        hint: 'Run `git fsck` to see which, and fetch or restore it.',
      }),
  },
  {
    match: /could not fetch .* from promisor remote|lazy fetching disabled|transport '.*' not allowed/i,
    make: () =>
      new Failure('precondition', 'This clone does not hold that object, and fetching it is not allowed now.', {
        hint: 'Trust the workspace or run `git fetch` in a terminal.',
      }),
  },
];

/** Makes the typed failure of a git process that ended badly. */
export function gitFailure(args: readonly string[], end: GitEnd): Failure {
  if (end.error) {
    const code = (end.error as NodeJS.ErrnoException).code;
    if ((code === 'ENOENT' || code === 'ENOTDIR') && end.cwd !== undefined && !existsSync(end.cwd)) {
      return new Failure('not-found', `There is no folder ${end.cwd}.`, {
        hint: 'Was the project moved or deleted? Open it where it is now.',
        cause: end.error,
      });
    }
    if (code === 'ENOENT' || code === 'EACCES') {
      return new Failure('git-missing', 'Git was not found.', {
        hint: 'Install git 2.38 or newer, or set its path in `hearth.git.path` (HEARTH_GIT in a terminal).',
        cause: end.error,
      });
    }
    if (code === 'E2BIG') return new Failure('invalid', 'Too many or too long arguments for one git call.', { cause: end.error });
    return new Failure('git-failed', `Git could not be started: ${end.error.message}`, { cause: end.error });
  }
  const stderr = end.stderr.trim();
  for (const { match, make } of patterns) {
    const text = stderr.match(match);
    if (text) {
      const failure = make(text);
      return new Failure(failure.reason, failure.message, { hint: failure.hint, detail: stderr.slice(0, 2000) });
    }
  }
  const first = stderr.split('\n').find((line) => /^(fatal|error): /.test(line)) ?? stderr.split('\n')[0] ?? '';
  const said = first.replace(/^(fatal|error): /, '').slice(0, 300);
  return new Failure(
    'git-failed',
    said === '' ? `git ${args[0] ?? ''} failed (exit code ${end.exitCode}).` : `git ${args[0] ?? ''}: ${said}`,
    {
      detail: stderr.slice(0, 2000),
    },
  );
}
