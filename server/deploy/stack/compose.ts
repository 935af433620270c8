import path from 'node:path';
import type { ComposeModel, Loaded } from '../../compose/index.ts';
import type { Stack } from '../../config/hearthTypes.ts';
import type { ResolvedVariable } from '../../environment/index.ts';
import type { Repository } from '../../git/index.ts';
import { Failure } from '../../rpc/failure.ts';
import { interpolated } from './secretTokens.ts';
import { activeOf } from './translate.ts';

interface StackQuestion {
  readonly repository: Repository;
  readonly commit: string;
  readonly stack: Stack;
  readonly values: readonly Pick<ResolvedVariable, 'name' | 'value' | 'secret'>[];
  readonly signal: AbortSignal;
}

/** All configs of a stack together: they are kept with each release. */
const mostConfigs = 256 * 1024;

/** The compose file of a commit. Secrets are tokens in it. Rejects with `not-found` where the commit has no such file. */
export async function readStack({ repository, commit, stack, values, signal }: StackQuestion): Promise<Loaded> {
  const { loadCompose } = await import('../../compose/index.ts');
  const read = async (file: string, limit: number) => (await bytesOf(repository, commit, file, limit, signal))?.toString('utf8');
  if ((await read(stack.compose, Number.POSITIVE_INFINITY)) === undefined) {
    throw new Failure('not-found', `${stack.compose} is not in ${commit.slice(0, 12)}.`, {
      hint: 'Commit it, or correct `compose:` in `hearth.yaml`.',
    });
  }
  return loadCompose({ read, files: [stack.compose], profiles: stack.profiles, variables: interpolated(values), signal });
}

/** What the configs of a compose application hold, by path. Rejects with `invalid` for what cannot be one. */
export async function configFiles(
  { repository, commit, signal }: Pick<StackQuestion, 'repository' | 'commit' | 'signal'>,
  model: ComposeModel,
): Promise<Map<string, Uint8Array>> {
  const used = new Set(activeOf(model).flatMap(({ configs }) => configs.map(({ source }) => source)));
  const files = new Map<string, Uint8Array>();
  let left = mostConfigs;
  for (const { key, from, place } of model.configs) {
    if (!used.has(key) || from.kind !== 'file') continue;
    const bytes = await bytesOf(repository, commit, from.path, mostConfigs, signal);
    if (bytes === undefined) {
      throw new Failure('not-found', `${place.file}:${place.line}: ${from.path} is not in ${commit.slice(0, 12)}.`, { hint: 'Commit it.' });
    }
    left -= bytes.length;
    if (left < 0)
      throw new Failure('invalid', 'The configs of the stack are larger than 256 kB together.', {
        hint: 'Build large files into the image.',
      });
    files.set(from.path, bytes);
  }
  return files;
}

/** A file of a commit; undefined when there is none. A link could lead anywhere: it is `invalid`. */
async function bytesOf(
  repository: Repository,
  commit: string,
  file: string,
  limit: number,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const plain = path.posix.normalize(file);
  if (plain.startsWith('../') || plain.startsWith('/') || /[\0\n]/.test(plain))
    throw new Failure('invalid', `${JSON.stringify(file)} leads out of the repository.`);
  const object = await repository.objects.read(`${commit}:${plain}`, signal);
  if (object?.type !== 'blob') return undefined;
  const { stdout } = await repository.run(['ls-tree', '-z', commit, '--', plain], { signal });
  if (stdout.toString('latin1').startsWith('120000 '))
    throw new Failure('invalid', `${file} is a link.`, { hint: 'Name the file itself.' });
  if (object.data.length > limit) throw new Failure('invalid', `${file} is larger than ${Math.round(limit / 1024)} kB.`);
  return object.data;
}
