import * as z from 'zod/mini';
import { repositoryPath } from './gitTypes.ts';
import { request } from './message.ts';

/**
 * Messages about standing trust. A window and a terminal vouch for what they ask, as long as they are connected; what Hearth does by itself
 * has nobody who vouches, and is trusted only with the repositories that the user named here (DESIGN §5: trust belongs to a connection and
 * a repository). Times are milliseconds since the epoch.
 */

/** Connections that cannot vouch for themselves. */
const connection = z.enum(['hub']);

export const grant = z.object({
  connection,
  /** The git common directory: worktrees share it. */
  repository: z.string(),
  time: z.int(),
});
export type Grant = z.output<typeof grant>;

export const list = request({
  method: 'trust/list',
  purpose: 'List the repositories whose configuration Hearth may run by itself.',
  where: 'hub',
  params: z.strictObject({}),
  result: z.object({ grants: z.array(grant) }),
});

export const give = request({
  method: 'trust/grant',
  purpose: 'Let Hearth by itself run what a repository configures, also when no window and no terminal asks.',
  where: 'hub',
  trust: true,
  params: z.strictObject({ repository: repositoryPath, connection: z._default(connection, 'hub') }),
  result: z.object({ grant, /** False when it was granted already. */ changed: z.boolean() }),
});

export const revoke = request({
  method: 'trust/revoke',
  purpose: 'Take back what `trust/grant` allowed; also for a repository that is gone.',
  where: 'hub',
  params: z.strictObject({ repository: repositoryPath, connection: z._default(connection, 'hub') }),
  result: z.object({ changed: z.boolean() }),
});
