import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Site } from '../../config/hearthTypes.ts';
import { checkOutFolder, type Repository } from '../../git/index.ts';
import { Failure } from '../../rpc/failure.ts';

/** What of a commit is checked out: all of it for a build, else the site alone. */
const partOf = ({ build, output }: Site): string => (build === undefined && output !== '.' ? output : '');

/** Why a commit has no such site; undefined when it has, or when a build makes it. */
export async function outputProblem(repository: Repository, commit: string, site: Site, signal: AbortSignal): Promise<Failure | undefined> {
  const part = partOf(site);
  if (part === '') return undefined;
  const { stdout } = await repository.run(['cat-file', '-t', `${commit}:${part}`], { signal, accept: [0, 128] });
  if (stdout.toString('latin1').trim() === 'tree') return undefined;
  return new Failure('not-found', `The folder ${part} is not in ${commit.slice(0, 12)}.`, {
    hint: 'Correct `output` in `hearth.yaml`, or give the service a `build` that makes it.',
  });
}

/** The files of the commit in a new folder of `work`; whoever did this before may still be writing into another one. */
export async function checkOut(
  repository: Repository,
  commit: string,
  site: Site,
  work: string,
  signal: AbortSignal,
): Promise<{ readonly folder: string }> {
  const problem = await outputProblem(repository, commit, site, signal);
  if (problem !== undefined) throw problem;
  await fs.mkdir(work, { recursive: true, mode: 0o700 });
  const to = path.join(work, randomBytes(4).toString('hex'));
  await fs.mkdir(to, { mode: 0o700 });
  return { folder: await checkOutFolder(repository, { commit, folder: partOf(site), to, signal }) };
}

/** The folder of the site in what was checked out and built. Rejects with `not-found` or `invalid`. */
export async function outputOf(site: Site, folder: string): Promise<string> {
  if (site.build === undefined) return folder;
  const [root, output] = await Promise.all([
    fs.realpath(folder).catch(() => undefined),
    fs.realpath(path.join(folder, site.output)).catch(() => undefined),
  ]);
  if (root === undefined || output === undefined || !(await fs.stat(output)).isDirectory()) {
    throw new Failure('not-found', `The build made no folder ${site.output}.`, { hint: 'Correct `output` in `hearth.yaml`.' });
  }
  if (output === root || output.startsWith(`${root}/`)) return output;
  throw new Failure('invalid', `The folder ${site.output} that the build made leads out of the copy of the commit.`, {
    hint: 'The site must be in the folder that `output` names.',
  });
}
