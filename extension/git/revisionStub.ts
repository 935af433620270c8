import {
  Disposable,
  EventEmitter,
  type FileChangeEvent,
  type FileStat,
  FileSystemError,
  type FileSystemProvider,
  type FileType,
  Uri,
} from 'vscode';

/** What `client.js` answers with once it runs. */
export interface RevisionFileSystem {
  readonly onDidChangeFile: FileSystemProvider['onDidChangeFile'];
  watch(uri: Uri): Disposable;
  stat(uri: Uri): Promise<FileStat>;
  readFile(uri: Uri): Promise<Uint8Array>;
  readDirectory(uri: Uri): Promise<[string, FileType][]>;
}

/**
 * Stands for the file system of old revisions from the moment of activation, before `client.js` is loaded: VS Code restores editors after a
 * reload as soon as activation has returned, and a scheme that is missing then is an error in their place.
 */
export function revisionStub(load: () => Promise<{ readonly revisions: RevisionFileSystem }>): FileSystemProvider {
  const changed = new EventEmitter<FileChangeEvent[]>();
  const ready = load().then(({ revisions }) => {
    revisions.onDidChangeFile((events) => changed.fire(events));
    return revisions;
  });
  ready.catch(() => {});
  const refuse = (uri: Uri = Uri.file('/')): never => {
    throw FileSystemError.NoPermissions(uri);
  };
  return {
    onDidChangeFile: changed.event,
    watch(uri) {
      const watching = ready.then((revisions) => revisions.watch(uri));
      watching.catch(() => {});
      return new Disposable(() => void watching.then((each) => each.dispose()).catch(() => {}));
    },
    stat: async (uri) => (await ready).stat(uri),
    readFile: async (uri) => (await ready).readFile(uri),
    readDirectory: async (uri) => (await ready).readDirectory(uri),
    createDirectory: refuse,
    writeFile: refuse,
    delete: refuse,
    rename: refuse,
  };
}
