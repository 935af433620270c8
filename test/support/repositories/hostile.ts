// One function per hostile state of a repository. Each returns a real folder; dispose it. `hostileNames.ts` has hostile names and contents;
// `large.ts` the 200 000-line file and the 5 MB line. Iterate `hostileStates` to give every one to the same check.
import { chmodSync, lchownSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRepository, Repository, runGit, temporaryFolder } from './repository.ts';

export interface HostileState {
  name: string;
  /** The folder a person would open. */
  root: string;
  /** A file to blame and diff, relative to `root`; it has two commits unless said otherwise. */
  path: string;
  /** What the right answer is, in a sentence. */
  right: string;
  dispose(): void;
  [Symbol.dispose](): void;
}

/** A state together with the repository that tests may go on changing. */
export interface HostileRepository extends HostileState {
  repository: Repository;
}

function state<Extra extends object>(
  name: string,
  right: string,
  repository: Repository,
  extra: Extra,
): HostileRepository & Omit<Extra, 'root' | 'path'> & { root: string; path: string } {
  const dispose = () => repository.dispose();
  return { name, right, repository, root: repository.root, path: 'a.txt', ...extra, dispose, [Symbol.dispose]: dispose };
}

/** `a.txt` with `commits` commits; each adds a line at its end. */
function withHistory(commits = 2, options: Parameters<typeof createRepository>[0] = {}): Repository {
  const repository = createRepository(options);
  let text = '';
  for (let number = 1; number <= commits; number += 1) {
    text += `line ${number}\n`;
    repository.write('a.txt', text);
    repository.commit(`Commit ${number}`);
  }
  return repository;
}

export function unbornHead() {
  const repository = createRepository();
  repository.write('a.txt', 'one\n');
  return state('unborn HEAD', 'every line of a.txt is uncommitted; history is empty', repository, {});
}

/** On main there is history, but HEAD names a branch that does not exist yet. */
export function orphanBranch() {
  const repository = withHistory();
  repository.git('symbolic-ref', 'HEAD', 'refs/heads/fresh');
  return state('orphan branch', 'no HEAD commit, main is still listed', repository, {});
}

export function detachedHead() {
  const repository = withHistory(3);
  repository.git('checkout', '--quiet', '--detach', 'HEAD~1');
  return state('detached HEAD', 'blame and history of the second commit; no current branch', repository, {});
}

export function shallowClone() {
  const origin = withHistory(5);
  return state('shallow', 'the oldest lines belong to a boundary commit', clone(origin, '--depth', '2'), {});
}

export function bareRepository() {
  const origin = withHistory();
  return state('bare', 'refused with one sentence: a bare repository has no work tree', clone(origin, '--bare'), {});
}

/** Blobs of old versions are missing and would be fetched from a local promisor. */
export function partialClone() {
  const origin = withHistory(3);
  origin.git('config', 'uploadpack.allowFilter', 'true');
  origin.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
  const missing = origin.git('rev-parse', 'HEAD~2:a.txt');
  return state('partial clone', 'blame is right when fetching is allowed, else one sentence', clone(origin, '--filter=blob:none'), {
    missing,
    origin,
  });
}

/** The promisor of a partial clone is gone, so a missing blob can never be had. */
export function partialCloneWithoutOrigin() {
  const partial = partialClone();
  renameSync(partial.origin.root, partial.repository.attach(`${partial.origin.root}-gone`));
  return { ...partial, name: 'partial clone without its origin', right: 'one sentence that an object is missing; no hang' };
}

/** The object of the second of three commits cannot be read. */
export const corruptBlob = () => corruptObject('blob');
export const corruptTree = () => corruptObject('tree');
export const corruptCommit = () => corruptObject('commit');

function corruptObject(what: 'blob' | 'tree' | 'commit') {
  const repository = withHistory(3);
  const id = repository.git('rev-parse', { blob: 'HEAD~1:a.txt', tree: 'HEAD~1^{tree}', commit: 'HEAD~1' }[what]);
  const file = repository.path('.git', 'objects', id.slice(0, 2), id.slice(2));
  chmodSync(file, 0o644);
  writeFileSync(file, 'not a git object');
  return state(`corrupt ${what}`, 'one sentence that an object is damaged; HEAD itself still opens', repository, { id });
}

/** `refs/heads/broken` names an object that does not exist; `refs/remotes/origin/HEAD` points nowhere; `refs/heads/junk` is no id at all. */
export function brokenRefs() {
  const repository = withHistory();
  writeGitFile(repository, 'refs/heads/broken', `${'d'.repeat(40)}\n`);
  writeGitFile(repository, 'refs/heads/junk', 'nonsense\n');
  writeGitFile(repository, 'refs/remotes/origin/HEAD', 'ref: refs/remotes/origin/main\n');
  return state('broken refs', 'good refs are listed; a broken one is `not-found`', repository, { broken: 'broken', missing: 'nowhere' });
}

/** Branches whose names are options; `--output=…` and `--upload-pack=…` would write or run something if taken for one. */
export function optionLikeRefs() {
  const repository = withHistory(3);
  const names = ['-x', '--help', '--upload-pack=evil', '--output=pwned.txt', '--exec=evil', '-S', '--no-index'];
  for (const name of names) writeGitFile(repository, `refs/heads/${name}`, `${repository.head('HEAD~1')}\n`);
  writeGitFile(repository, 'refs/tags/-d', `${repository.head('HEAD~1')}\n`);
  return state(
    'refs that look like options',
    'refused as a revision, or resolved through refs/heads/…; pwned.txt never appears',
    repository,
    {
      names,
      mustNotAppear: repository.path('pwned.txt'),
    },
  );
}

/** HEAD itself is on a branch named like an option. */
export function headOnOptionLikeBranch() {
  const repository = withHistory();
  writeGitFile(repository, 'refs/heads/--output=pwned.txt', `${repository.head()}\n`);
  writeGitFile(repository, 'HEAD', 'ref: refs/heads/--output=pwned.txt\n');
  return state('HEAD on a branch that looks like an option', 'blame as always', repository, {
    mustNotAppear: repository.path('pwned.txt'),
  });
}

export function submodule() {
  const inner = withHistory(3);
  const repository = withHistory();
  repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${inner.root}`, 'module');
  repository.commit('Add the module');
  const before = repository.git('rev-parse', 'HEAD:module');
  new Repository(repository.path('module')).git('checkout', '--quiet', '--detach', 'HEAD~1');
  repository.attach(inner.root);
  return state('submodule', 'the module shows as moved; its files belong to its own repository', repository, { module: 'module', before });
}

export function linkedWorktree() {
  const repository = withHistory(2);
  const linked = repository.attach(join(temporaryFolder('linked'), 'tree'));
  repository.git('worktree', 'add', '--quiet', '-b', 'side', linked, 'HEAD~1');
  return state('linked worktree', 'the same repository as the main work tree, its own HEAD', repository, {
    root: linked,
    main: repository.root,
  });
}

/** The folder the linked work tree belongs to is gone: its `.git` file points nowhere. */
export function worktreeWithoutRepository() {
  const linked = linkedWorktree();
  const moved = linked.repository.attach(`${linked.main}-gone`);
  renameSync(linked.main, moved);
  return { ...linked, name: 'worktree without its repository', right: 'one sentence: not a git repository any more' };
}

/** `inner/` is a repository of its own, untracked by the outer one. */
export function nestedRepository() {
  const repository = withHistory();
  withHistory(3, { root: mkdir(repository.path('inner')) });
  return state('nested repository', 'inner/a.txt belongs to the inner repository', repository, { inner: 'inner/a.txt' });
}

export function sha256Repository() {
  return state('SHA-256', 'ids of 64 digits everywhere', withHistory(3, { objectFormat: 'sha256' }), {});
}

/**
 * A reftable layout as newer gits write it, by hand: the git of many machines refuses to read it ("unknown repository extension").
 * `advance()` does what a commit does to the files that a watcher sees: a new table, then `tables.list` replaced by rename.
 */
export function reftableRepository() {
  const repository = withHistory(2);
  const table = (number: number) => `0x${number.toString(16).padStart(12, '0')}-0x${number.toString(16).padStart(12, '0')}-0badcafe.ref`;
  let last = 0;
  const advance = () => {
    last += 1;
    writeGitFile(repository, `reftable/${table(last)}`, Buffer.concat([Buffer.from('REFT\x01\0\x10\0'), Buffer.alloc(16, last)]));
    const list = Array.from({ length: last }, (_, index) => `${table(index + 1)}\n`).join('');
    writeGitFile(repository, 'reftable/tables.list.lock', list);
    renameSync(repository.path('.git/reftable/tables.list.lock'), repository.path('.git/reftable/tables.list'));
  };
  repository.git('config', 'core.repositoryformatversion', '1');
  repository.git('config', 'extensions.refstorage', 'reftable');
  advance();
  repository.remove('.git/refs');
  writeGitFile(repository, 'refs/heads', 'this repository uses the reftable format\n');
  writeGitFile(repository, 'HEAD', 'ref: refs/heads/.invalid\n');
  return state('reftable', 'read where git can; else one sentence that names the git version', repository, { advance });
}

/** Another git process seems to be at work, or died. Reading goes on. */
export function lockFilePresent() {
  const repository = withHistory();
  for (const lock of ['index.lock', 'HEAD.lock', 'config.lock']) writeGitFile(repository, lock, '');
  return state('lock files present', 'reading works as always', repository, {});
}

/**
 * A repository owned by somebody else, which git refuses ("dubious ownership"). Only root can make one: undefined for others.
 */
export function dubiousOwnership() {
  if (process.getuid?.() !== 0) return undefined;
  const repository = withHistory();
  chownAll(repository.root, 54_321);
  return state('dubious ownership', 'typed refusal that names safe.directory; never overridden', repository, {});
}

/** A merge that stopped: `a.txt` both changed, `gone.txt` deleted by us, `new.txt` added by both, in the index as stages 1 to 3. */
export function unmergedIndex() {
  const repository = withHistory(2);
  repository.write('gone.txt', 'will go\n');
  repository.commit('Add gone');
  repository.git('checkout', '--quiet', '-b', 'theirs');
  repository.write('a.txt', 'line 1\ntheirs\n');
  repository.write('gone.txt', 'changed by them\n');
  repository.write('new.txt', 'theirs\n');
  const theirs = repository.commit('Their change');
  repository.git('checkout', '--quiet', 'main');
  repository.write('a.txt', 'line 1\nours\n');
  repository.remove('gone.txt');
  repository.write('new.txt', 'ours\n');
  const ours = repository.commit('Our change');
  const merge = repository.tryGit(['merge', 'theirs']);
  if (merge.status === 0) throw new Error('the merge was meant to stop');
  return state('unmerged index', 'conflicts are named; blame gives marker lines to nobody', repository, { ours, theirs });
}

/** `rewrite()` replaces all history (as filter-branch or a forced pull does) and prunes the old objects. */
export function rewrittenHistory() {
  const repository = withHistory(4);
  const before = repository.head();
  const rewrite = (): string => {
    repository.git('checkout', '--quiet', '--orphan', 'rewritten');
    repository.write('a.txt', 'line 1\nline 2 rewritten\nline 3\nline 4\n');
    const id = repository.commit('Start again');
    repository.git('branch', '--quiet', '--force', '-M', 'rewritten', 'main');
    repository.git('reflog', 'expire', '--expire=now', '--all');
    repository.git('gc', '--quiet', '--prune=now');
    return id;
  };
  return state('rewritten history', 'after rewrite(), blame names only the new commit; the old id is `not-found`', repository, {
    before,
    rewrite,
  });
}

/** Not a repository at all. */
export function plainFolder(): HostileState {
  const root = temporaryFolder('plain');
  const repository = new Repository(root);
  repository.write('a.txt', 'one\n');
  return state('not a repository', '`not-found`: no repository here', repository, {});
}

/** The same repository seen through a symbolic link and through a folder inside it. */
export function twoRootsOneRepository() {
  const repository = withHistory();
  repository.write('folder/b.txt', 'b\n');
  repository.commit('Add b');
  const link = repository.attach(`${repository.root}-link`);
  symlinkSync(repository.root, link);
  return state('two roots, one repository', 'one repository, watched once', repository, {
    roots: [repository.root, link, repository.path('folder')],
  });
}

export function deletedFile() {
  const repository = withHistory();
  repository.remove('a.txt');
  return state('file deleted in the work tree', '`not-found` for the work tree, right at HEAD', repository, {});
}

/** `moveAway()` renames the whole folder, as when a person moves a project while it is open. */
export function repositoryThatMoves() {
  const repository = withHistory();
  const moveAway = (): string => {
    const target = repository.attach(`${repository.root}-moved`);
    renameSync(repository.root, target);
    return target;
  };
  return state('repository moved away', 'one sentence after moveAway(); no crash, no endless retry', repository, { moveAway });
}

/** `refs/replace` gives a commit another content; git's own blame follows it. */
export function replacedObject() {
  const repository = withHistory(3);
  const original = repository.head('HEAD~1');
  const replacement = repository
    .gitBytes(['commit-tree', '-p', `${original}^`, '-F', '-', `${original}^{tree}`], { input: 'Commit 2, replaced\n' })
    .toString()
    .trim();
  repository.git('replace', original, replacement);
  return state('replaced object', 'what git says: the replaced summary under the original id', repository, { original, replacement });
}

/** `.git` is a file that points nowhere. */
export function brokenGitFile() {
  const repository = new Repository(temporaryFolder('gitfile'));
  repository.write('a.txt', 'one\n');
  repository.write('.git', 'gitdir: /nowhere/at/all\n');
  return state('broken .git file', 'one sentence', repository, {});
}

/** All of them, for a check that every one must pass: the right answer or one clear sentence, never a crash or a hang. */
export const hostileStates: readonly { name: string; make: () => HostileState | undefined }[] = [
  unbornHead,
  orphanBranch,
  detachedHead,
  shallowClone,
  bareRepository,
  partialClone,
  partialCloneWithoutOrigin,
  corruptBlob,
  corruptTree,
  corruptCommit,
  brokenRefs,
  optionLikeRefs,
  headOnOptionLikeBranch,
  submodule,
  linkedWorktree,
  worktreeWithoutRepository,
  nestedRepository,
  sha256Repository,
  reftableRepository,
  lockFilePresent,
  dubiousOwnership,
  unmergedIndex,
  rewrittenHistory,
  plainFolder,
  twoRootsOneRepository,
  deletedFile,
  repositoryThatMoves,
  replacedObject,
  brokenGitFile,
].map((make) => ({ name: make.name, make }));

/** A clone over the file protocol; the origin goes away with it. */
function clone(origin: Repository, ...options: string[]): Repository {
  const target = temporaryFolder('clone');
  const outcome = runGit(['clone', '--quiet', '--template=', ...options, `file://${origin.root}`, target]);
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  const repository = new Repository(target);
  repository.attach(origin.root);
  return repository;
}

/** Writes below `.git` by hand: what git itself refuses to write. */
function writeGitFile(repository: Repository, path: string, contents: string | Buffer): void {
  const target = repository.path('.git', path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, contents);
}

function mkdir(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}

function chownAll(folder: string, uid: number): void {
  lchownSync(folder, uid, uid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) chownAll(join(folder, entry.name), uid);
    else lchownSync(join(folder, entry.name), uid, uid);
  }
}
