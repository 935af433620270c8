import { randomUUID } from 'node:crypto';
import type { Repository } from '../git/index.ts';
import type { Project } from '../protocol/project.ts';
import { Failure } from '../rpc/failure.ts';
import type { Author, StateStore } from '../store/types.ts';
import { readId, readRemote, readRootCommit, writeId } from './identity.ts';
import { defaultName } from './projectName.ts';
import { addPlace, completeProject, createProject, projectById, projectsOfRemote, refuseTaken, unknownProject } from './projects.ts';

/** What each of these needs: where the state is, the repository as read now, on whose behalf. */
export interface Work {
  readonly store: StateStore;
  readonly repository: Repository;
  readonly author: Author;
  readonly signal: AbortSignal;
}

/** The project of a repository, or those it may be a clone of. */
export async function findProject({ store, repository, signal }: Work): Promise<{ project?: Project; candidates: Project[] }> {
  const id = await readId(repository, signal);
  const { commonDir } = repository.facts;
  if (id !== undefined) {
    const known = await store.read((reader) => projectById(reader, id));
    return { project: known ?? { id, name: defaultName(commonDir), places: [commonDir] }, candidates: [] };
  }
  const remote = await readRemote(repository, signal);
  const alike = remote === undefined ? [] : await store.read((reader) => projectsOfRemote(reader, remote));
  if (alike.length === 0) return { candidates: [] };
  // The walk to the root commit only where there is something to compare it with. Without a root (shallow) the remote has to do.
  const root = await readRootCommit(repository, signal);
  return { candidates: alike.filter(({ rootCommit }) => root === undefined || rootCommit === undefined || rootCommit === root) };
}

/**
 * Gives a repository its identity. The configuration is written first: what a crash leaves between it and the store is an id that the next
 * call registers.
 */
export async function ensureProject(work: Work, name: string | undefined): Promise<{ project: Project; created: boolean }> {
  const { store, repository, author, signal } = work;
  const { commonDir } = repository.facts;
  const id = await readId(repository, signal);
  const project = id === undefined ? undefined : await store.read((reader) => projectById(reader, id));
  if (project === undefined) {
    const traits = { rootCommit: await readRootCommit(repository, signal), remote: await readRemote(repository, signal) };
    if (name !== undefined) await store.read((reader) => refuseTaken(reader, name));
    const chosen = id ?? randomUUID();
    if (id === undefined) await writeId(repository, chosen, signal);
    return { project: await createProject(store, author, { commonDir, id: chosen, name, traits }), created: true };
  }
  if (name !== undefined && name !== project.name) {
    throw new Failure('conflict', `This repository is already the project "${project.name}".`, { hint: 'Leave the name out to use it.' });
  }
  return { project: await refresh(work, project), created: false };
}

/** Gives a repository the identity of a known project. */
export async function adoptProject(work: Work, id: string): Promise<Project> {
  const { store, repository, signal } = work;
  const project = await store.read((reader) => projectById(reader, id));
  if (project === undefined) throw unknownProject(id);
  if ((await readId(repository, signal)) !== id) await writeId(repository, id, signal);
  return refresh(work, project);
}

/** Writes down what is new since the project was last seen: another place, a first commit, a remote. Mostly nothing. */
async function refresh({ store, repository, author, signal }: Work, project: Project): Promise<Project> {
  const { commonDir } = repository.facts;
  const rootCommit = project.rootCommit === undefined ? await readRootCommit(repository, signal) : undefined;
  const remote = project.remote === undefined ? await readRemote(repository, signal) : undefined;
  const step = (name: string): Author => (author.key === undefined ? author : { ...author, key: `${author.key} ${name}` });
  let current = project;
  if (!project.places.includes(commonDir)) current = await addPlace(store, step('place'), project.id, commonDir);
  if (rootCommit === undefined && remote === undefined) return current;
  return completeProject(store, step('traits'), project.id, { rootCommit, remote });
}
