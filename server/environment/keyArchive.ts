import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { Failure } from '../rpc/failure.ts';
import type { KeyRecord } from './keys.ts';

/** Master keys as a text to keep elsewhere: AES-256-GCM under a key that scrypt makes of a passphrase. */

const format = 'hearth-keys-1';
const derive = promisify<string, Uint8Array, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);

/** 128 MB and about half a second for each guess. */
const cost = { N: 2 ** 17, r: 8, p: 1 };

interface Archive {
  readonly format: typeof format;
  readonly N: number;
  readonly r: number;
  readonly p: number;
  /** These in base64; the tag is at the end of `cipher`. */
  readonly salt: string;
  readonly nonce: string;
  readonly cipher: string;
}

/** JSON in one line, ending with a newline. */
export async function sealKeys(keys: readonly KeyRecord[], passphrase: string): Promise<string> {
  const head = { format, ...cost, salt: randomBytes(16).toString('base64'), nonce: randomBytes(12).toString('base64') } as const;
  const cipher = createCipheriv('aes-256-gcm', await keyOf(head, passphrase), Buffer.from(head.nonce, 'base64')).setAAD(associated(head));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(keys), 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${JSON.stringify({ ...head, cipher: sealed.toString('base64') } satisfies Archive)}\n`;
}

/** Throws `invalid` when it is no such text, and when the passphrase is wrong. */
export async function openKeys(text: string, passphrase: string): Promise<KeyRecord[]> {
  const archive = archiveIn(text);
  if (archive === undefined) {
    throw new Failure('invalid', 'This is no export of master keys.', { hint: '`hearth env key export` makes one.' });
  }
  const sealed = Buffer.from(archive.cipher, 'base64');
  const key = await keyOf(archive, passphrase);
  try {
    const end = sealed.length - 16;
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(archive.nonce, 'base64'), { authTagLength: 16 });
    decipher.setAAD(associated(archive)).setAuthTag(sealed.subarray(end));
    return JSON.parse(Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]).toString('utf8')) as KeyRecord[];
  } catch {
    throw new Failure('invalid', 'The passphrase is not the one of this export, or the text was changed.', {
      hint: 'Nothing was imported.',
    });
  }
}

function keyOf({ N, r, p, salt }: Omit<Archive, 'cipher'>, passphrase: string): Promise<Buffer> {
  const options = { N, r, p, maxmem: 256 * N * r };
  // The same passphrase typed on another system may be composed in another way.
  return derive(passphrase.normalize('NFKC'), Buffer.from(salt, 'base64'), 32, options);
}

function associated({ format: name, N, r, p, salt, nonce }: Omit<Archive, 'cipher'>): Buffer {
  return Buffer.from(JSON.stringify([name, N, r, p, salt, nonce]));
}

/** A text from elsewhere must not cost more than one of ours, or not much. */
function archiveIn(text: string): Archive | undefined {
  try {
    const read = JSON.parse(text) as Archive;
    const { N, r, p, salt, nonce, cipher } = read;
    const numbers = [N, r, p].every((each) => Number.isInteger(each) && each > 0);
    const affordable = numbers && N > 1 && (N & (N - 1)) === 0 && N <= 2 ** 20 && r <= 16 && p <= 4;
    const texts = [salt, nonce, cipher].every((each) => typeof each === 'string');
    return read.format === format && affordable && texts ? read : undefined;
  } catch {
    return undefined;
  }
}
