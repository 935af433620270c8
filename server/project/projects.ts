import type { Project } from '../protocol/project.ts';
import { Failure } from '../rpc/failure.ts';
import type { Author, Reader, StateStore, Transaction } from '../store/types.ts';
import { defaultName, freeName } from './projectName.ts';

/** What is known of projects in the store: who they are and where their repositories lie. */

export interface Traits {
  readonly rootCommit: string | undefined;
  readonly remote: string | undefined;
}

type ProjectRow = { id: string; name: string; root_commit: string | null; remote: string | null };

export function projectById(reader: Reader, id: string): Project | undefined {
  const row = reader.get<ProjectRow>('select id, name, root_commit, remote from projects where id = ?', [id]);
  return row === undefined ? undefined : projectOf(reader, row);
}

export function allProjects(reader: Reader): Project[] {
  return reader
    .all<ProjectRow>('select id, name, root_commit, remote from projects order by name, id')
    .map((row) => projectOf(reader, row));
}

/** Projects whose clones name the same remote. */
export function projectsOfRemote(reader: Reader, remote: string): Project[] {
  return reader
    .all<ProjectRow>('select id, name, root_commit, remote from projects where remote = ? order by name, id', [remote])
    .map((row) => projectOf(reader, row));
}

function projectOf(reader: Reader, { id, name, root_commit: rootCommit, remote }: ProjectRow): Project {
  const places = reader.all<{ common_dir: string }>('select common_dir from repositories where project = ? order by common_dir', [id]);
  return {
    id,
    name,
    ...(rootCommit === null ? {} : { rootCommit }),
    ...(remote === null ? {} : { remote }),
    places: places.map(({ common_dir }) => common_dir),
  };
}

/** Writes down a project that the store does not know yet, and where it lies. A wanted name that another project has is a `conflict`. */
export function createProject(
  store: StateStore,
  author: Author,
  { commonDir, id, name, traits }: { commonDir: string; id: string; name: string | undefined; traits: Traits },
): Promise<Project> {
  return store.write(author, (transaction) => {
    if (name !== undefined) refuseTaken(transaction, name);
    const chosen = name ?? freeName(defaultName(commonDir), (other) => isTaken(transaction, other));
    const { rootCommit = null, remote = null } = traits;
    transaction.run('insert into projects (id, name, root_commit, remote, created) values (?, ?, ?, ?, ?)', [
      id,
      chosen,
      rootCommit,
      remote,
      transaction.now,
    ]);
    place(transaction, id, commonDir);
    const payload = { name: chosen, place: commonDir, ...(remote === null ? {} : { remote }) };
    transaction.event({ project: id, entity: 'project', entityId: id, kind: 'created', payload });
    return known(transaction, id);
  });
}

/** Writes down that this repository, too, is a clone of a known project. */
export function addPlace(store: StateStore, author: Author, id: string, commonDir: string): Promise<Project> {
  return store.write(author, (transaction) => {
    const { name } = known(transaction, id);
    const before = transaction.get<{ project: string }>('select project from repositories where common_dir = ?', [commonDir])?.project;
    place(transaction, id, commonDir);
    const payload = { name, place: commonDir, ...(before === undefined ? {} : { before }) };
    transaction.event({ project: id, entity: 'project', entityId: id, kind: 'adopted', payload });
    return known(transaction, id);
  });
}

/** Writes down what of a project could not be known when it was made: it had no commit, no remote, or was a shallow clone. */
export function completeProject(store: StateStore, author: Author, id: string, traits: Traits): Promise<Project> {
  return store.write(author, (transaction) => {
    const { rootCommit = null, remote = null } = traits;
    const changed = transaction.run(
      `update projects set root_commit = coalesce(root_commit, ?1), remote = coalesce(remote, ?2)
       where id = ?3 and ((root_commit is null and ?1 is not null) or (remote is null and ?2 is not null))`,
      [rootCommit, remote, id],
    );
    const project = known(transaction, id);
    if (changed > 0) {
      const payload = {
        name: project.name,
        ...(remote === null ? {} : { remote }),
        ...(rootCommit === null ? {} : { rootCommit }),
      };
      transaction.event({ project: id, entity: 'project', entityId: id, kind: 'completed', payload });
    }
    return project;
  });
}

/** Throws `conflict` when another project has the name. */
export function refuseTaken(reader: Reader, name: string): void {
  if (!isTaken(reader, name)) return;
  throw new Failure('conflict', `Another project is already called "${name}".`, {
    hint: 'Choose another name, or say that this clone is that project (`hearth project adopt`).',
  });
}

export function unknownProject(id: string): Failure {
  return new Failure('not-found', `There is no project ${id} here.`, { hint: '`hearth project list` shows the known ones.' });
}

function isTaken(reader: Reader, name: string): boolean {
  return reader.get('select 1 from projects where name = ?', [name]) !== undefined;
}

function place(transaction: Transaction, id: string, commonDir: string): void {
  transaction.run('insert or replace into repositories (common_dir, project, seen) values (?, ?, ?)', [commonDir, id, transaction.now]);
}

function known(reader: Reader, id: string): Project {
  const project = projectById(reader, id);
  if (project !== undefined) return project;
  throw unknownProject(id);
}
