import { type Repository, resolveCommit } from '../git/index.ts';
import * as protocol from '../protocol/config.ts';
import { Failure } from '../rpc/failure.ts';
import { type Context, handle, type Registration } from '../rpc/router.ts';
import type { Services } from '../services.ts';
import { hearthPath } from './hearthPath.ts';
import { type HearthText, hearthOfCommit, hearthOfWorktree, noFile, projectNameOf, textOfCommit } from './hearthSource.ts';

interface Wanted {
  readonly rev?: string | undefined;
  readonly text?: string | undefined;
}

/** What is answered of `hearth.yaml` where the file is. */
export function configHandlers({ repositories }: Services): Registration[] {
  const open = async (root: string, { session }: Context<never>) => (await repositories.containing(root, session)).repository;
  return [
    handle(protocol.check, async ({ repository: root, ...wanted }, context) => {
      const repository = await open(root, context);
      const { commit, found } = await find(repository, wanted, context.signal);
      const nothing = { path: hearthPath, found: found !== undefined, ...(commit === undefined ? {} : { commit }) };
      if (found === undefined) return { ...nothing, problems: [], services: [], environments: [] };
      const { config, problems } = found;
      return { ...nothing, problems, services: Object.keys(config?.services ?? {}), environments: Object.keys(config?.environments ?? {}) };
    }),
    handle(protocol.explain, async ({ repository: root, environment, service, ...wanted }, context) => {
      const repository = await open(root, context);
      const { found } = await find(repository, wanted, context.signal);
      if (found === undefined) throw noFile('There is no hearth.yaml.');
      const [{ parseHearth }, { explainEnvironment }] = await Promise.all([import('./hearthParser.ts'), import('./explain.ts')]);
      const { config, yaml, problems } = parseHearth(found.text, projectNameOf(repository));
      if (config === undefined) {
        const [first] = problems;
        throw new Failure('invalid', `${hearthPath}:${first?.line}:${first?.column}: ${first?.message}`, {
          hint: '`hearth config check` lists what is wrong.',
        });
      }
      return explainEnvironment(config, yaml, environment, service);
    }),
    handle(protocol.schema, async () => {
      const { hearthJsonSchema } = await import('./jsonSchema.ts');
      return { schema: hearthJsonSchema() as Record<string, unknown> };
    }),
    handle(protocol.create, async ({ repository: root, write, stack }, context) => {
      const repository = await open(root, context);
      const { createHearthFile } = await import('./create.ts');
      return createHearthFile(repository.root, projectNameOf(repository), { write, stack });
    }),
  ];
}

/** The text that is meant: one given, of a commit, else of the work tree. */
async function find(
  repository: Repository,
  { rev, text }: Wanted,
  signal: AbortSignal,
): Promise<{ commit?: string; found: HearthText | undefined }> {
  if (rev === undefined || text !== undefined) return { found: await hearthOfWorktree(repository, text, signal) };
  const { commit } = await resolveCommit(repository, rev, signal);
  const exists = (await textOfCommit(repository, commit, signal)) !== undefined;
  return { commit, found: exists ? await hearthOfCommit(repository, commit, signal) : undefined };
}
