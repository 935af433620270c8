// Real temporary git repositories for tests: hermetic (nothing of the machine's git configuration is read) and
// deterministic (the same calls give the same commit ids on every machine).
//
//   const repository = createRepository();
//   afterEach(() => repository.dispose());             // or: await using repository = createRepository();
//   repository.write('a.txt', 'one\n');
//   const id = repository.commit('Add a');
//   repository.git('mv', 'a.txt', 'b.txt');
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface RepositoryOptions {
  objectFormat?: 'sha1' | 'sha256';
  /** Default `main`. */
  initialBranch?: string;
  bare?: boolean;
  /** An existing empty folder to use; default a new folder under the system's temporary folder. */
  root?: string;
}

export interface Identity {
  name: string;
  email: string;
}

export interface CommitOptions {
  author?: Identity;
  committer?: Identity;
  /** Git's raw form `<epoch seconds> <±hhmm>`; default the repository's own clock, one minute later for each commit. */
  date?: string;
  /** `all` (default) runs `git add -A` first; `index` commits what the index holds. */
  stage?: 'all' | 'index';
}

export interface GitOutcome {
  status: number;
  stdout: Buffer;
  stderr: string;
}

export interface GitCall {
  input?: string | Buffer;
  env?: Record<string, string>;
  cwd?: string;
}

/** 2024-01-01T00:00:00Z: every repository's clock starts here. */
const EPOCH = 1_704_067_200;

/**
 * The environment for a hermetic git: no `GIT_*` of the caller, no global and no system configuration, no prompts, C locale.
 * `safe.directory` is not relaxed: a fixture of another owner is refused as in real life.
 */
export function hermeticEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith('GIT_') && !name.startsWith('LC_')) environment[name] = value;
  }
  return {
    ...environment,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    ...extra,
  };
}

/** Runs git anywhere, hermetically, and says how it went; throws only when git cannot be started or a signal ended it. */
export function runGit(args: readonly string[], call: GitCall = {}): GitOutcome {
  const outcome = spawnSync('git', args, {
    cwd: call.cwd,
    env: hermeticEnvironment(call.env),
    maxBuffer: 1 << 30,
    ...(call.input === undefined ? {} : { input: call.input }),
  });
  if (outcome.error) throw outcome.error;
  // A helper that leaves early is no failure of the test's own.
  if (outcome.signal === 'SIGPIPE') return { status: 141, stdout: outcome.stdout, stderr: outcome.stderr.toString() };
  if (outcome.status === null) throw new Error(`git ${args.join(' ')} was ended by ${outcome.signal}`);
  return { status: outcome.status, stdout: outcome.stdout, stderr: outcome.stderr.toString() };
}

export class Repository {
  /** Real path of the work tree (of the repository itself when bare). */
  readonly root: string;
  /** Folders outside `root` that go away with this repository (remotes, linked worktrees). */
  private readonly attached: string[] = [];
  private clock = EPOCH;

  constructor(root: string) {
    this.root = root;
  }

  /** Stdout as UTF-8 without the last newline; throws with stderr when git fails. */
  git(...args: string[]): string {
    return this.gitBytes(args).toString('utf8').replace(/\n$/, '');
  }

  /** Stdout as bytes; throws with stderr when git fails. Who has the index or a ref for a moment (a window at work) is waited for. */
  gitBytes(args: readonly string[], call: GitCall = {}): Buffer {
    let outcome = this.tryGit(args, call);
    for (let tries = 0; tries < 200 && /\.lock': File exists|could not lock config file .*: File exists/.test(outcome.stderr); tries++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      outcome = this.tryGit(args, call);
    }
    if (outcome.status !== 0) throw new Error(`git ${args.join(' ')} failed (${outcome.status}): ${outcome.stderr}`);
    return outcome.stdout;
  }

  /** Never throws because git failed. Author, committer and date are the fixed ones of this repository's clock. */
  tryGit(args: readonly string[], call: GitCall = {}): GitOutcome {
    return runGit(args, { cwd: this.root, ...call, env: { ...identityEnvironment(this.now(), {}), ...call.env } });
  }

  /** Writes a file of the work tree, making its folders. */
  write(path: string, contents: string | Buffer): void {
    const target = join(this.root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, contents);
  }

  /** Like `write`, for names that are not UTF-8; folders in the name must exist. */
  writeBytes(path: Buffer, contents: string | Buffer): void {
    writeFileSync(Buffer.concat([Buffer.from(`${this.root}/`), path]), contents);
  }

  /** Deletes a file or folder of the work tree. */
  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }

  /** Commits (also when nothing changed) and returns the commit id. */
  commit(message: string, options: CommitOptions = {}): string {
    if (options.stage !== 'index') this.git('add', '-A');
    this.clock += 60;
    const env = identityEnvironment(options.date ?? this.now(), options);
    this.gitBytes(['commit', '--quiet', '--allow-empty', '--allow-empty-message', '--cleanup=verbatim', '-F', '-'], {
      env,
      input: message,
    });
    return this.head();
  }

  /** Full id of HEAD (or of any revision). */
  head(revision = 'HEAD'): string {
    return this.git('rev-parse', '--verify', `${revision}^{commit}`);
  }

  /** Absolute path of a file of this work tree. */
  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** Makes a folder that goes away with this repository count as part of it. */
  attach(folder: string): string {
    this.attached.push(folder);
    return folder;
  }

  dispose(): void {
    for (const folder of [this.root, ...this.attached]) rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dispose();
  }

  private now(): string {
    return `${this.clock} +0000`;
  }
}

/** Git in a folder with the environment as it is, for a window's own repository. Who has the index for a moment is waited for. */
export function patientGit(folder: string, ...args: string[]): string {
  for (let tries = 0; ; tries++) {
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 30 });
    if (status === 0) return stdout;
    if (tries === 100 || !/\.lock': File exists/.test(stderr)) throw new Error(`git ${args.join(' ')} failed (${status}): ${stderr}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}

/** An empty folder under the system's temporary folder, as a real path. The caller removes it. */
export function temporaryFolder(label = 'repository'): string {
  return mkdtempSync(join(realpathSync(tmpdir()), `hearth-${label}-`));
}

export function createRepository(options: RepositoryOptions = {}): Repository {
  const root = options.root ?? temporaryFolder();
  const repository = new Repository(root);
  const format = options.objectFormat === undefined ? [] : [`--object-format=${options.objectFormat}`];
  const bare = options.bare ? ['--bare'] : [];
  repository.git('init', '--quiet', '--template=', `--initial-branch=${options.initialBranch ?? 'main'}`, ...format, ...bare);
  // A background gc would outlive the test and race with dispose().
  repository.git('config', 'gc.auto', '0');
  repository.git('config', 'maintenance.auto', 'false');
  return repository;
}

const DEFAULT_IDENTITY: Identity = { name: 'Ada Example', email: 'ada@example.test' };

function identityEnvironment(date: string, options: CommitOptions): Record<string, string> {
  const author = options.author ?? DEFAULT_IDENTITY;
  const committer = options.committer ?? author;
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: date,
  };
}
