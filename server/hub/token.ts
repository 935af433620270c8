import { randomBytes, timingSafeEqual } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Failure } from '../rpc/failure.ts';
import { exposure, mustBePrivate, writePrivate } from './privateFile.ts';

/** The secret that opens the hub's socket: whoever can read the file is the user. It stays the same over hubs, so a change of hubs is no race. */

export const tokenFile = (home: string): string => path.join(home, 'token');

/** The hub's token. */
export function ensureToken(home: string): string {
  return ensureTokenFile(tokenFile(home));
}

/** The token in a file; made anew when there is none, or when others could have read it. Another user's file is refused. */
export function ensureTokenFile(file: string): string {
  try {
    if (process.platform !== 'win32' && lstatSync(file).uid !== process.getuid?.()) mustBePrivate(file);
    if (exposure(file) === undefined) {
      const found = readFileSync(file, 'utf8').trim();
      if (/^[\w-]{43}$/.test(found)) return found;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const token = randomBytes(32).toString('base64url');
  writePrivate(file, `${token}\n`);
  return token;
}

/** The token as a client reads it. */
export function readToken(file: string): string {
  mustBePrivate(file);
  const token = readFileSync(file, 'utf8').trim();
  if (token === '') throw new Failure('io', `${file} is empty.`, { hint: '`hearth hub stop`, remove it, and try again.' });
  return token;
}

/** Takes as long for a wrong token as for the right one. */
export function isSameToken(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
