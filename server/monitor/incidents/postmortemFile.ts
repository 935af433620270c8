import { promises as fs } from 'node:fs';
import path from 'node:path';
import { placeOf } from '../../config/ownFile.ts';
import { Failure } from '../../rpc/failure.ts';

/** Makes a file of the work tree with its folder, never through a link. Rejects with `conflict` when there is one. */
export async function writeNewFile(root: string, relative: string, text: string): Promise<void> {
  const file = await placeOf(root, relative);
  await fs.mkdir(path.dirname(file), { recursive: true });
  try {
    // Looks again at what is there: `wx` opens no link either.
    await fs.writeFile(await placeOf(root, relative), text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Failure('conflict', `${relative} is there already.`, { hint: 'Move it away, or print the text instead of writing it.' });
  }
}
