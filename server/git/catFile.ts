import { cancelled, Failure } from '../rpc/failure.ts';
import { type Answer, CatFileParser, type GitObject, type ObjectFacts } from './catFileParser.ts';
import { gitFailure } from './gitFailure.ts';
import { type GitProcess, runGit, startGit } from './process.ts';

export type { GitObject, ObjectFacts } from './catFileParser.ts';

interface Waiting {
  readonly command: 'contents' | 'info';
  readonly name: Buffer;
  readonly resolve: (answer: Answer | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** How long an idle `cat-file` stays. It holds a handle on the packs, which Windows and `git gc` mind. */
const idleTime = 15_000;

/** Milliseconds without an answer after which it is killed: a lazy fetch or a dead network share would hold every reader for ever. */
const silence = 60_000;

/**
 * Objects by name through one long-lived `git cat-file --batch-command -z`: names may hold spaces, newlines and bytes that are not UTF-8
 * (`<rev>:<path>`). Answers come in order. Cancelled readers are answered at once; what they asked is still read and thrown away.
 */
export class CatFile {
  readonly #root: string;
  readonly #environment: () => Promise<Readonly<Record<string, string>>>;
  #git: GitProcess | undefined;
  #starting: Promise<GitProcess> | undefined;
  #waiting: Waiting[] = [];
  #parser = new CatFileParser();
  #timer: NodeJS.Timeout | undefined;
  #timedOut = false;
  #disposed = false;
  #retired = false;

  constructor(root: string, environment: () => Promise<Readonly<Record<string, string>>>) {
    this.#root = root;
    this.#environment = environment;
  }

  /** The object a name stands for; undefined when there is none. `name` must be checked as a revision or an id first. */
  async read(name: string | Buffer, signal?: AbortSignal): Promise<GitObject | undefined> {
    const answer = await this.#ask('contents', name, signal);
    return answer === undefined ? undefined : (answer as GitObject);
  }

  /** Id, type and size (in bytes) without the content; undefined when there is none. */
  info(name: string | Buffer, signal?: AbortSignal): Promise<ObjectFacts | undefined> {
    return this.#ask('info', name, signal);
  }

  /** A blob's bytes; throws `not-found` when the name stands for nothing or for something else. */
  async blob(name: string | Buffer, signal?: AbortSignal): Promise<GitObject> {
    const object = await this.read(name, signal);
    if (object?.type !== 'blob') throw new Failure('not-found', `There is no file content at ${name.toString('utf8')}.`);
    return object;
  }

  /** Ends the process when the last question is answered; who still asks later gets a new one. */
  retire(): void {
    if (this.#waiting.length === 0) this.#end();
    else this.#retired = true;
  }

  /** Ends it now. */
  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    this.#git?.child.stdin.end();
    this.#git?.kill();
  }

  async #ask(command: Waiting['command'], name: string | Buffer, signal?: AbortSignal): Promise<Answer | undefined> {
    if (signal?.aborted) throw cancelled();
    const bytes = typeof name === 'string' ? Buffer.from(name, 'utf8') : name;
    if (bytes.includes(0)) throw new Failure('invalid', 'The name of an object contains a NUL character.');
    if (/^[^:]*@\{/.test(bytes.toString('latin1'))) {
      const id = await this.#resolveAlone(bytes.toString('utf8'), signal);
      return id === undefined ? undefined : this.#ask(command, id, signal);
    }
    let git = await this.#start();
    // It may have ended, or been retired, before this reader had its turn: a question to it would never be answered.
    for (let tries = 0; this.#git !== git; tries++) {
      if (tries === 3) throw this.#failureOf(git, await git.closed);
      git = await this.#start();
    }
    if (signal?.aborted) throw cancelled();
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(cancelled());
      const settled =
        <T>(act: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener('abort', onAbort);
          act(value);
        };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#send(git, { command, name: bytes, resolve: settled(resolve), reject: settled(reject) });
    });
  }

  /** `HEAD@{99}` of a shorter log and `@{u}` without an upstream end a `cat-file` for good: a process of its own answers those. */
  async #resolveAlone(name: string, signal?: AbortSignal): Promise<string | undefined> {
    const { stdout } = await runGit(['rev-parse', '--verify', '--quiet', '--end-of-options', name], {
      cwd: this.#root,
      env: await this.#environment(),
      accept: [0, 1, 128],
      ...(signal && { signal }),
    });
    return stdout.toString('latin1').trim() || undefined;
  }

  #send(git: GitProcess, entry: Waiting): void {
    this.#waiting.push(entry);
    this.#parser.expect(entry.name, entry.command === 'contents');
    git.child.stdin.write(Buffer.concat([Buffer.from(`${entry.command} `), entry.name, Buffer.of(0)]));
    this.#watch(git);
  }

  async #start(): Promise<GitProcess> {
    if (this.#git !== undefined) return this.#git;
    this.#starting ??= this.#environment()
      .then((environment) => {
        if (this.#disposed) throw cancelled();
        const git = startGit(['cat-file', '--batch-command', '-z'], this.#root, environment);
        this.#parser = new CatFileParser();
        this.#timedOut = false;
        git.child.stdout.on('data', (chunk: Buffer) => this.#take(git, chunk));
        git.closed.then((ended) => this.#ended(git, ended));
        this.#git = git;
        return git;
      })
      .finally(() => {
        this.#starting = undefined;
      });
    return this.#starting;
  }

  #take(git: GitProcess, chunk: Buffer): void {
    if (this.#git !== git) return;
    for (const answer of this.#parser.push(chunk)) this.#waiting.shift()?.resolve(answer);
    this.#watch(git);
  }

  /** One timer for both: nothing asked for a while ends it, no answer for a while kills it. */
  #watch(git: GitProcess): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) {
      if (this.#retired) this.#end();
      else {
        this.#timer = setTimeout(() => this.#end(), idleTime);
        this.#timer.unref();
      }
    } else {
      this.#timer = setTimeout(() => {
        this.#timedOut = true;
        git.kill();
      }, silence);
    }
  }

  #end(): void {
    const git = this.#git;
    this.#git = undefined;
    this.#retired = false;
    clearTimeout(this.#timer);
    git?.child.stdin.end();
  }

  #ended(git: GitProcess, ended: Awaited<GitProcess['closed']>): void {
    if (this.#git !== git) return;
    this.#git = undefined;
    clearTimeout(this.#timer);
    const left = this.#waiting;
    this.#waiting = [];
    // Git dies on a damaged object. The one it was reading fails; the others only stood in line and are asked again.
    const [first, ...others] = left;
    const failure = this.#failureOf(git, ended);
    first?.reject(failure);
    if (others.length === 0) return;
    if (ended.error !== undefined || this.#timedOut || this.#disposed) {
      for (const entry of others) entry.reject(failure);
      return;
    }
    this.#start().then(
      (next) => {
        for (const entry of others) this.#send(next, entry);
      },
      (error) => {
        for (const entry of others) entry.reject(error);
      },
    );
  }

  #failureOf(git: GitProcess, ended: Awaited<GitProcess['closed']>): Failure {
    if (this.#disposed) return cancelled();
    if (this.#timedOut)
      return new Failure('timeout', `git cat-file said nothing for ${silence / 1000} s and was stopped.`, { hint: 'Try again.' });
    if (ended.error !== undefined || git.stderr() !== '') {
      return gitFailure(['cat-file'], {
        ...(ended.error === undefined ? {} : { error: ended.error }),
        stderr: git.stderr(),
        exitCode: ended.exitCode,
        cwd: this.#root,
      });
    }
    return new Failure('git-failed', 'An object of this repository could not be read.', {
      hint: 'Run `git fsck` to see whether it is damaged.',
    });
  }
}
