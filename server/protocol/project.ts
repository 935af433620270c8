import * as z from 'zod/mini';
import { repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';

/**
 * Messages about project identity (DESIGN §3): a UUID in the configuration of the git common directory, written by the first action that
 * creates state, never by reading.
 */

export const project = z.object({
  id: z.string(),
  name: z.string(),
  /** Of the history: the oldest root commit; and the remote without protocol, user and `.git`. */
  rootCommit: z.optional(z.string()),
  remote: z.optional(z.string()),
  /** Git common directories that carry this id, as last seen. */
  places: z.array(z.string()),
});
export type Project = z.output<typeof project>;

export const find = request({
  method: 'project/find',
  purpose: 'Say which project a repository belongs to, and which known ones it may be a clone of. Writes nothing.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath }),
  result: z.object({ project: z.optional(project), candidates: z.array(project) }),
});

export const ensure = request({
  method: 'project/ensure',
  purpose: 'Give a repository its identity when it has none; `name` defaults to the folder as a DNS label.',
  where: 'hub',
  trust: true,
  params: z.strictObject({
    repository: repositoryPath,
    name: z.optional(z.string().check(z.regex(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/))),
  }),
  result: z.object({ project, created: z.boolean() }),
});

export const adopt = request({
  method: 'project/adopt',
  purpose: 'Say that this clone is the same project as a known one.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, project: z.string() }),
  result: z.object({ project }),
});

export const list = request({
  method: 'project/list',
  purpose: 'List the known projects.',
  where: 'hub',
  params: z.strictObject({}),
  result: z.object({ projects: z.array(project) }),
});
