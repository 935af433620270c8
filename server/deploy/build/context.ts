import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Build } from '../../config/hearthTypes.ts';
import { checkOutFolder, type Repository } from '../../git/index.ts';
import { Failure } from '../../rpc/failure.ts';
import { tarEntries } from '../engine/tar.ts';
import { dockerignore } from './dockerignore.ts';
import { filterTar, type TarFilter } from './tarFilter.ts';

/** Filters (large files from elsewhere) may take long before the first byte. */
const silence = 600_000;

/** What is sent to the builder: files of the commit and nothing of the work tree, without what `.dockerignore` names. */
export interface Context {
  archive(signal: AbortSignal): Readable;
  /** The same with another Dockerfile in it, named `otherDockerfile`, which the builder takes out again. */
  archiveWith(dockerfile: string, signal: AbortSignal): Readable;
  /** Relative to the context. */
  readonly dockerfile: string;
  /** Its text. */
  readonly text: string;
}

export const otherDockerfile = '.hearth-dockerfile';

/** Throws `not-found` when the commit has no such Dockerfile, `invalid` for paths that lead out of the repository. */
export async function contextOf(repository: Repository, commit: string, build: Build, signal: AbortSignal): Promise<Context> {
  const folder = inside(build.context);
  const dockerfile = inside(build.dockerfile);
  const text = await textOf(repository, commit, join(folder, dockerfile), signal);
  if (text === undefined)
    throw new Failure('not-found', `${join(folder, dockerfile)} is not in ${commit.slice(0, 12)}.`, {
      hint: 'Commit the Dockerfile, or correct build.context and build.dockerfile in hearth.yaml.',
    });
  const rules =
    (await textOf(repository, commit, join(folder, `${dockerfile}.dockerignore`), signal)) ??
    (await textOf(repository, commit, join(folder, '.dockerignore'), signal));
  const ignored = dockerignore(rules ?? '');
  const files = (keep: TarFilter['keep'], until: AbortSignal, added?: Buffer) =>
    Readable.from(filesOf(repository, commit, folder, { keep, added }, until));
  return {
    dockerfile,
    text,
    // The builder reads these two itself; it takes them out again where the rules say so.
    archive: (until) => files((file) => file === dockerfile || file === '.dockerignore' || !ignored(file), until),
    archiveWith: (other, until) => {
      const added = [
        { path: otherDockerfile, mode: 0o644, data: Buffer.from(other) },
        { path: '.dockerignore', mode: 0o644, data: Buffer.from(`${otherDockerfile}\n.dockerignore\n`) },
      ];
      return files((file) => file !== '.dockerignore' && !ignored(file), until, tarEntries(added));
    },
  };
}

/** Folders of the commit as folders of this machine, for `--build-context`. `dispose` removes them. */
export async function contextFolders(
  repository: Repository,
  commit: string,
  contexts: Build['contexts'],
  signal: AbortSignal,
): Promise<{ folders: Record<string, string>; dispose(): Promise<void> }> {
  const names = Object.keys(contexts);
  if (names.length === 0) return { folders: {}, dispose: async () => {} };
  const root = await mkdtemp(path.join(os.tmpdir(), 'hearth-context-'));
  const dispose = () => rm(root, { recursive: true, force: true });
  try {
    const folders: Record<string, string> = {};
    for (const [index, name] of names.entries()) {
      const to = path.join(root, String(index));
      await mkdir(to);
      folders[name] = await checkOutFolder(repository, { commit, folder: inside(contexts[name] ?? ''), to, signal });
    }
    return { folders, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * The files of a folder as the attributes of the whole commit make them (line ends, filters such as those for large files): `git archive` of the
 * folder alone knows only the folder's own. It is taken alone where those above it may keep files out of archives (`export-ignore`): a builder wants
 * them all.
 */
async function* filesOf(
  repository: Repository,
  commit: string,
  folder: string,
  filter: TarFilter,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void> {
  // Modes as a fresh clone has them: the builder's cache looks at them.
  const archive = (...what: string[]) =>
    repository.stream(['-c', 'tar.umask=0022', 'archive', '--format=tar', ...what], { signal, silence });
  if (folder === '') {
    yield* filterTar(archive(commit), filter);
    return;
  }
  if (await exportsAbove(repository, commit, folder, signal)) yield* filterTar(archive(`${commit}:${folder}`), filter);
  else yield* filterTar(archive(commit, '--', folder), { ...filter, folder });
}

/** Whether attributes above a folder speak of archives. */
async function exportsAbove(repository: Repository, commit: string, folder: string, signal: AbortSignal): Promise<boolean> {
  for (let above = path.posix.dirname(folder); ; above = path.posix.dirname(above)) {
    const file = join(above === '.' ? '' : above, '.gitattributes');
    const object = await repository.objects.read(`${commit}:${file}`, signal);
    if (object?.type === 'blob' && /\bexport-/.test(object.data.toString('latin1'))) return true;
    if (above === '.') return false;
  }
}

/** Undefined when there is no such file. A link is followed inside the commit. */
async function textOf(repository: Repository, commit: string, file: string, signal: AbortSignal, links = 5): Promise<string | undefined> {
  const object = await repository.objects.read(`${commit}:${file}`, signal);
  if (object?.type !== 'blob') return undefined;
  const text = object.data.toString('utf8');
  const { stdout } = await repository.run(['ls-tree', '-z', commit, '--', file], { signal });
  if (!stdout.toString('latin1').startsWith('120000 ')) return text;
  const target = path.posix.join(path.posix.dirname(file), text);
  return links === 0 || target.startsWith('..') || path.posix.isAbsolute(text)
    ? undefined
    : textOf(repository, commit, target, signal, links - 1);
}

/** Without `.` and slashes at the ends; throws when it leaves the repository. */
function inside(given: string): string {
  const parts = given.split('/').filter((part) => part !== '' && part !== '.');
  if (given.startsWith('/') || /[\0\n]/.test(given) || parts.includes('..'))
    throw new Failure('invalid', `${JSON.stringify(given)} leads out of the repository.`, {
      hint: 'Paths in hearth.yaml start at its folder.',
    });
  return parts.join('/');
}

function join(folder: string, file: string): string {
  return folder === '' ? file : `${folder}/${file}`;
}
