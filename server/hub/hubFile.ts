import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { mustBePrivate, writePrivate } from './privateFile.ts';

/** `hub.json`: where the hub listens, and which process it is. Checked against the owner file before it is believed (DESIGN §12). */

const hubFile = z.object({
  socket: z.string(),
  token: z.string(),
  pid: z.int(),
  startTime: z.string(),
  fence: z.int(),
  protocol: z.int(),
  version: z.string(),
});
export type HubFile = Readonly<z.output<typeof hubFile>>;

const fileOf = (home: string): string => path.join(home, 'hub.json');

export function writeHubFile(home: string, facts: HubFile): void {
  writePrivate(fileOf(home), JSON.stringify(facts));
}

/** The file, when there is one that can be read. Throws `precondition` when it is another user's or open to others. */
export function readHubFile(home: string): HubFile | undefined {
  let text: string;
  try {
    mustBePrivate(fileOf(home));
    text = readFileSync(fileOf(home), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    return hubFile.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Removes the file of that hub, and of no other. */
export function removeHubFile(home: string, fence: number): void {
  try {
    if (readHubFile(home)?.fence === fence) rmSync(fileOf(home), { force: true });
  } catch {
    // Not ours to remove.
  }
}
