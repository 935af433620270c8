import { cancelled, Failure } from '../rpc/failure.ts';
import { type GitProcess, runGit, startGit } from './process.ts';

/** An object as `cat-file --batch` gives it. */
export interface GitObject {
  readonly id: string;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  readonly data: Buffer;
}

interface Waiting {
  readonly name: string;
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** How long an idle `cat-file` stays. It holds a handle on the packs, which Windows and `git gc` mind. */
const idleTime = 15_000;

/**
 * Objects by name through one long-lived `git cat-file --batch -z`: names may hold spaces and newlines (`<rev>:<path>`).
 * Answers come in order. Cancelled readers are answered at once; what they asked is still read and thrown away.
 */
export class CatFile {
  readonly #root: string;
  readonly #environment: () => Promise<Readonly<Record<string, string>>>;
  #git: GitProcess | undefined;
  #starting: Promise<GitProcess> | undefined;
  #waiting: Waiting[] = [];
  #chunks: Buffer[] = [];
  #buffered = 0;
  #needed = 1;
  #header: { id: string; type: GitObject['type']; size: number } | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(root: string, environment: () => Promise<Readonly<Record<string, string>>>) {
    this.#root = root;
    this.#environment = environment;
  }

  /** The object a name stands for; undefined when there is none. `name` must be checked as a revision or an id first. */
  async read(name: string, signal?: AbortSignal): Promise<GitObject | undefined> {
    if (signal?.aborted) throw cancelled();
    if (name.includes('\n')) {
      // `cat-file` repeats a missing name in its answer, which a newline would break in two: ask by id instead.
      const { stdout } = await runGit(['rev-parse', '--verify', '--quiet', '--end-of-options', name], {
        cwd: this.#root,
        env: await this.#environment(),
        accept: [0, 1, 128],
      });
      const id = stdout.toString('latin1').trim();
      return id === '' ? undefined : this.read(id, signal);
    }
    const git = await this.#start();
    return new Promise((resolve, reject) => {
      const entry: Waiting = { name, resolve, reject };
      signal?.addEventListener('abort', () => reject(cancelled()), { once: true });
      this.#waiting.push(entry);
      clearTimeout(this.#idle);
      git.child.stdin.write(`${name}\0`);
    });
  }

  /** A blob's bytes; throws `not-found` when the name stands for nothing or for something else. */
  async blob(name: string, signal?: AbortSignal): Promise<GitObject> {
    const object = await this.read(name, signal);
    if (object?.type !== 'blob') throw new Failure('not-found', `There is no file content at ${name}.`);
    return object;
  }

  dispose(): void {
    clearTimeout(this.#idle);
    this.#git?.child.stdin.end();
    this.#git?.kill();
  }

  async #start(): Promise<GitProcess> {
    if (this.#git !== undefined) return this.#git;
    this.#starting ??= this.#environment()
      .then((environment) => {
        const git = startGit(['cat-file', '--batch', '-z'], this.#root, environment);
        git.child.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
        git.closed.then(({ error }) => this.#ended(git, error));
        this.#git = git;
        return git;
      })
      .finally(() => {
        this.#starting = undefined;
      });
    return this.#starting;
  }

  #ended(git: GitProcess, error: Error | undefined): void {
    if (this.#git === git) this.#git = undefined;
    const left = this.#waiting;
    this.#waiting = [];
    this.#chunks = [];
    this.#buffered = 0;
    this.#needed = 1;
    this.#header = undefined;
    const failure = new Failure('git-failed', 'An object of this repository could not be read.', {
      hint: 'Run `git fsck` to see whether it is damaged.',
      detail: error?.message ?? git.stderr().slice(0, 2000),
    });
    for (const entry of left) entry.reject(failure);
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    // Joining on every chunk of a large blob would copy it again and again.
    while (this.#buffered >= this.#needed) {
      let buffer = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
      if (this.#header === undefined) {
        const end = buffer.indexOf(10);
        if (end < 0) {
          this.#chunks = [buffer];
          this.#needed = this.#buffered + 1;
          return;
        }
        const match = buffer.toString('latin1', 0, end).match(/^([0-9a-f]+) (blob|tree|commit|tag) (\d+)$/);
        buffer = buffer.subarray(end + 1);
        if (match === null) {
          this.#answer(undefined);
          this.#needed = 1;
        } else {
          this.#header = { id: match[1] as string, type: match[2] as GitObject['type'], size: Number(match[3]) };
          this.#needed = this.#header.size + 1;
        }
      } else {
        const { id, type, size } = this.#header;
        this.#header = undefined;
        this.#needed = 1;
        this.#answer({ id, type, data: Buffer.from(buffer.subarray(0, size)) });
        buffer = buffer.subarray(size + 1);
      }
      this.#chunks = buffer.length > 0 ? [buffer] : [];
      this.#buffered = buffer.length;
    }
  }

  #answer(object: GitObject | undefined): void {
    this.#waiting.shift()?.resolve(object);
    if (this.#waiting.length === 0) {
      const git = this.#git;
      this.#idle = setTimeout(() => git?.child.stdin.end(), idleTime);
      this.#idle.unref();
    }
  }
}
