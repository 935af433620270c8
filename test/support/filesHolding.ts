import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Files below a folder in which a text is. A hub may write and remove files there meanwhile: one that is gone when it is read holds nothing. */
export function filesHolding(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => path.join(each.parentPath, each.name))
    .filter((file) => {
      try {
        return readFileSync(file).includes(text);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
        throw error;
      }
    });
}
