import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { Failure } from '../../rpc/failure.ts';
import { writeWhole } from './durable.ts';
import { manifestName, releaseIn } from './layout.ts';
import { treeOf } from './tree.ts';

/** What says that a release is whole: written last, before it gets its name. */
const manifest = z.object({
  version: z.literal(1),
  id: z.string(),
  commit: z.string(),
  files: z.int(),
  bytes: z.int(),
  tree: z.string(),
});
export type Manifest = z.output<typeof manifest>;

const longest = 4096;

export function writeManifest(folder: string, given: Omit<Manifest, 'version'>): Promise<void> {
  return writeWhole(path.join(folder, manifestName), `${JSON.stringify({ version: 1, ...given } satisfies Manifest, null, 2)}\n`);
}

/** Undefined when there is none, or none that can be read. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const handle = await fs.open(path.join(folder, manifestName), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!stats.isFile() || stats.size > longest) return undefined;
      const parsed = manifest.safeParse(JSON.parse(await handle.readFile('utf8')));
      return parsed.success ? parsed.data : undefined;
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof SyntaxError || code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

/** The manifest of a release that is there; undefined for one that is not, is half written or is another one. */
export async function releaseThere(root: string, id: string): Promise<Manifest | undefined> {
  const found = await readManifest(releaseIn(root, id));
  return found?.id === id ? found : undefined;
}

/** Reads every file of a release. Rejects with `precondition` when it is not what was made. */
export async function verifyRelease(root: string, id: string, signal: AbortSignal): Promise<Manifest> {
  const found = await releaseThere(root, id);
  if (found === undefined) throw goneRelease(root, id);
  const { tree } = await treeOf(releaseIn(root, id), signal);
  if (tree === found.tree) return found;
  throw new Failure('precondition', `The files in ${releaseIn(root, id)} are not those that were deployed.`, {
    hint: `Deploy ${found.commit.slice(0, 12)} again: a new release is made.`,
  });
}

export function goneRelease(root: string, id: string): Failure {
  return new Failure('precondition', `The release ${releaseIn(root, id)} is gone, or not whole.`, {
    hint: 'Deploy its commit again: a new release is made.',
  });
}
