// Writes a `git fast-import` stream. Blobs are gathered and written sorted by path before the commits that use them, because
// fast-import only tries the blob before as a delta base: so each version of a file is stored as a small delta.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hermeticEnvironment } from './repository.ts';

export interface Signature {
  name: string;
  email: string;
  /** Seconds since the epoch. */
  time: number;
  /** `+0200` */
  zone: string;
}

export type FileChange =
  | { kind: 'write'; path: string; mode: '100644' | '100755' | '120000'; mark: number }
  | { kind: 'delete'; path: string };

export interface CommitCommand {
  ref: string;
  author: Signature;
  committer: Signature;
  /** Bytes when not UTF-8; then `encoding` names what they are, and the names are written in it too. */
  message: string;
  encoding?: 'ISO-8859-1';
  /** Marks or ids; the first is the parent that the changes are relative to. */
  parents: (number | string)[];
  changes: FileChange[];
}

interface PendingBlob {
  path: string;
  mark: number;
  contents: () => Buffer;
}

const FLUSH_COMMITS = 400;

export class FastImport {
  private readonly child;
  private readonly exited: Promise<number>;
  private errors = '';
  private blobs: PendingBlob[] = [];
  private commits: Buffer[] = [];
  private lastMark = 0;

  constructor(root: string, marksFile?: string) {
    const marks = marksFile === undefined ? [] : [`--export-marks=${marksFile}`];
    this.child = spawn('git', ['-c', 'core.compression=1', 'fast-import', '--quiet', '--force', '--depth=40', ...marks], {
      cwd: root,
      env: hermeticEnvironment(),
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString();
    });
    this.child.stdin.on('error', () => undefined); // the exit code and stderr say why
    this.exited = once(this.child, 'exit').then(([code]) => (code as number | null) ?? -1);
  }

  mark(): number {
    this.lastMark += 1;
    return this.lastMark;
  }

  /** Queues one version of a file and returns its mark; `contents` is called once, soon. */
  blob(path: string, contents: () => Buffer): number {
    const mark = this.mark();
    this.blobs.push({ path, mark, contents });
    return mark;
  }

  /** Queues a commit and returns its mark. Await it: this is where the pipe's back pressure is obeyed. */
  async commit(command: CommitCommand): Promise<number> {
    const mark = this.mark();
    this.commits.push(renderCommit(command, mark));
    if (this.commits.length >= FLUSH_COMMITS) await this.flush();
    return mark;
  }

  async reset(ref: string, from: number): Promise<void> {
    this.commits.push(Buffer.from(`reset ${ref}\nfrom :${from}\n\n`));
  }

  async tag(name: string, from: number, tagger: Signature, message: string): Promise<void> {
    this.commits.push(Buffer.from(`tag ${name}\nfrom :${from}\ntagger ${signature(tagger)}\n${data(message)}\n`));
  }

  /** Writes what is queued and waits for git to end; throws with git's own words when it failed. */
  async finish(): Promise<void> {
    await this.flush();
    this.child.stdin.end();
    const code = await this.exited;
    if (code !== 0) throw new Error(`git fast-import failed (${code}): ${this.errors}`);
  }

  private async flush(): Promise<void> {
    this.blobs.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.mark - b.mark));
    for (const { mark, contents } of this.blobs) {
      const bytes = contents();
      await this.send(Buffer.concat([Buffer.from(`blob\nmark :${mark}\ndata ${bytes.length}\n`), bytes, Buffer.from('\n')]));
    }
    this.blobs = [];
    await this.send(Buffer.concat(this.commits));
    this.commits = [];
  }

  private async send(bytes: Buffer): Promise<void> {
    if (this.child.exitCode !== null) throw new Error(`git fast-import ended early: ${this.errors}`);
    if (!this.child.stdin.write(bytes)) await Promise.race([once(this.child.stdin, 'drain'), this.exited]);
  }
}

function renderCommit(command: CommitCommand, mark: number): Buffer {
  const encoding = command.encoding === undefined ? 'utf8' : 'latin1';
  const length = Buffer.byteLength(command.message, encoding);
  const head = [
    `commit ${command.ref}`,
    `mark :${mark}`,
    `author ${signature(command.author)}`,
    `committer ${signature(command.committer)}`,
    ...(command.encoding === undefined ? [] : [`encoding ${command.encoding}`]),
    `data ${length}`,
    command.message,
    '',
  ];
  const lines: string[] = [];
  const [first, ...others] = command.parents.map((parent) => (typeof parent === 'number' ? `:${parent}` : parent));
  if (first !== undefined) lines.push(`from ${first}`);
  for (const other of others) lines.push(`merge ${other}`);
  // Deletions first, so that a folder can take the name of a deleted file.
  for (const change of command.changes) if (change.kind === 'delete') lines.push(`D ${quotePath(change.path)}`);
  for (const change of command.changes) {
    if (change.kind === 'write') lines.push(`M ${change.mode} :${change.mark} ${quotePath(change.path)}`);
  }
  return Buffer.concat([Buffer.from(head.join('\n'), encoding), Buffer.from(`${lines.join('\n')}\n\n`)]);
}

function signature({ name, email, time, zone }: Signature): string {
  return `${name} <${email}> ${time} ${zone}`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

/** Git's C-style quoting; only what must be escaped is. */
function quotePath(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t')}"`;
}
