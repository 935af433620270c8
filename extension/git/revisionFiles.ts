import {
  Disposable,
  EventEmitter,
  type FileChangeEvent,
  FileChangeType,
  type FileStat,
  FileSystemError,
  FileType,
  RelativePattern,
  Uri,
  workspace,
} from 'vscode';
import { content, files } from '../../server/protocol/git.ts';
import type { FileRef, Side } from '../../server/protocol/gitTypes.ts';
import type { ServerConnection } from '../server.ts';
import { Registered } from '../ui/disposable.ts';
import { asRequestFailure } from '../ui/failure.ts';
import type { RepositoryTracker } from './repositoryTracker.ts';
import type { RevisionFileSystem } from './revisionStub.ts';
import { parseRevisionUri, type Revision } from './revisionUri.ts';

/** Bytes of file content kept; the editor has its own copy of what is open. */
const keptBytes = 24 * 2 ** 20;

type Entry = { readonly type: FileType.File; readonly bytes: Uint8Array } | { readonly type: FileType.Directory };

/**
 * Read-only files as they are on one side of a comparison, byte for byte: VS Code decodes them, picks the language and shows images as it
 * does for files on disk. A file that the side does not have is empty. What cannot change is kept; index and working tree are read anew
 * when they move.
 */
export class RevisionFiles extends Registered implements RevisionFileSystem {
  readonly #server: ServerConnection;
  readonly #changed = this.register(new EventEmitter<FileChangeEvent[]>());
  readonly #kept = new Map<string, Promise<Entry>>();
  /** Time of the last known change of a repository, which dates every side that can move. */
  readonly #movedAt = new Map<string, number>();
  readonly #watched = new Map<string, Uri>();
  #size = 0;
  readonly onDidChangeFile = this.#changed.event;

  constructor(server: ServerConnection, repositories: RepositoryTracker) {
    super();
    this.#server = server;
    this.register(repositories.onDidMove(({ repository }) => this.#onMoved(repository)));
    this.register(server.onDidStart(() => this.#forgetFailures()));
  }

  watch(uri: Uri): Disposable {
    const revision = parseRevisionUri(uri);
    if (revision === undefined || isFixed(revision.side)) return new Disposable(() => {});
    const key = uri.toString();
    this.#watched.set(key, uri);
    // What moved after it was read and before it is watched was told to nobody.
    if (!this.#kept.has(uri.with({ fragment: '' }).toString())) this.#fire([uri], revision.repository);
    const stop: Disposable[] = [new Disposable(() => this.#watched.delete(key))];
    if (revision.side.kind === 'worktree') {
      const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.file(revision.repository), revision.path));
      const changed = (): void => this.#fire([uri], revision.repository);
      stop.push(watcher, watcher.onDidChange(changed), watcher.onDidCreate(changed), watcher.onDidDelete(changed));
    }
    return Disposable.from(...stop);
  }

  async stat(uri: Uri): Promise<FileStat> {
    const revision = understand(uri);
    const entry = await this.#read(uri, revision);
    const mtime = isFixed(revision.side) ? 0 : (this.#movedAt.get(revision.repository) ?? 0);
    return { type: entry.type, ctime: 0, mtime, size: entry.type === FileType.File ? entry.bytes.length : 0 };
  }

  async readFile(uri: Uri): Promise<Uint8Array> {
    const entry = await this.#read(uri, understand(uri));
    if (entry.type === FileType.Directory) throw FileSystemError.FileIsADirectory(uri);
    return entry.bytes;
  }

  async readDirectory(uri: Uri): Promise<[string, FileType][]> {
    const revision = understand(uri);
    return this.#list(revision);
  }

  #read(uri: Uri, revision: Revision): Promise<Entry> {
    const key = uri.with({ fragment: '' }).toString();
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      // The map is in order of use: the oldest goes first.
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept;
    }
    const asked = this.#ask(uri, revision);
    this.#kept.set(key, asked);
    asked.then(
      (entry) => this.#keep(key, entry),
      () => this.#kept.delete(key),
    );
    return asked;
  }

  async #ask(uri: Uri, revision: Revision): Promise<Entry> {
    const { repository, side } = revision;
    if (revision.path === '') return { type: FileType.Directory };
    try {
      const found = await this.#server.send(content, { repository, side, file: fileOf(revision), encoding: 'base64' });
      switch (found.kind) {
        case 'base64':
          return { type: FileType.File, bytes: Buffer.from(found.base64, 'base64') };
        case 'text':
          return { type: FileType.File, bytes: Buffer.from(found.text, 'utf8') };
        case 'submodule':
          return { type: FileType.File, bytes: Buffer.from(`Subproject commit ${found.id}\n`, 'latin1') };
        case 'binary':
          throw FileSystemError.Unavailable(uri);
        case 'absent':
          // Breadcrumbs of an old revision open its folders.
          return (await this.#isFolder(revision)) ? { type: FileType.Directory } : { type: FileType.File, bytes: new Uint8Array() };
      }
    } catch (error) {
      if (error instanceof FileSystemError) throw error;
      throw FileSystemError.Unavailable(asRequestFailure(error).message);
    }
  }

  async #isFolder(revision: Revision): Promise<boolean> {
    if (revision.pathBytes !== undefined) return false;
    const entries = await this.#list(revision).catch(() => []);
    return entries.length > 0;
  }

  async #list({ repository, side, path }: Revision): Promise<[string, FileType][]> {
    if (side.kind !== 'commit') return [];
    const answer = await this.#server.send(files, { repository, revision: side.revision, ...(path === '' ? {} : { folder: { path } }) });
    return (answer.entries ?? []).map(({ path: place, kind }) => [
      place.slice(place.lastIndexOf('/') + 1),
      kind === 'folder' ? FileType.Directory : kind === 'link' ? FileType.File | FileType.SymbolicLink : FileType.File,
    ]);
  }

  #keep(key: string, entry: Entry): void {
    this.#size += entry.type === FileType.File ? entry.bytes.length : 0;
    while (this.#size > keptBytes && this.#kept.size > 1) {
      const [oldest] = this.#kept.keys();
      if (oldest === undefined || oldest === key) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const entry = this.#kept.get(key);
    this.#kept.delete(key);
    entry?.then(
      (each) => {
        this.#size -= each.type === FileType.File ? each.bytes.length : 0;
      },
      () => {},
    );
  }

  #onMoved(repository: string): void {
    const stale = [...this.#watched.values()].filter((uri) => parseRevisionUri(uri)?.repository === repository);
    for (const key of [...this.#kept.keys()]) {
      const revision = parseRevisionUri(Uri.parse(key));
      if (revision?.repository === repository && !isFixed(revision.side)) this.#drop(key);
    }
    this.#fire(stale, repository);
  }

  #fire(uris: readonly Uri[], repository: string): void {
    this.#movedAt.set(repository, Date.now());
    for (const uri of uris) this.#drop(uri.toString());
    if (uris.length > 0) this.#changed.fire(uris.map((uri) => ({ type: FileChangeType.Changed, uri })));
  }

  #forgetFailures(): void {
    this.#fire([...this.#watched.values()], '');
  }
}

/** Whether the side can never have other content: a commit by its full id. */
function isFixed(side: Side): boolean {
  return side.kind === 'empty' || (side.kind === 'commit' && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(side.revision));
}

function fileOf({ path, pathBytes }: Revision): FileRef {
  return pathBytes === undefined ? { path } : { pathBytes };
}

function understand(uri: Uri): Revision {
  const revision = parseRevisionUri(uri);
  if (revision === undefined) throw FileSystemError.FileNotFound(uri);
  return revision;
}
