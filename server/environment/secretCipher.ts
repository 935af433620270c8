import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** Where a secret belongs: authenticated with its bytes, so that one cannot take the place of another, nor of itself earlier. */
export interface SecretPlace {
  /** The project's UUID. */
  readonly project: string;
  readonly environment: string;
  /** Empty: all services. */
  readonly service: string;
  readonly name: string;
  readonly version: number;
}

/** As it is kept: AES-256-GCM, the tag at the end of `cipher`. */
export interface Sealed {
  readonly nonce: Uint8Array;
  readonly cipher: Uint8Array;
}

const algorithm = 'aes-256-gcm';
const tagLength = 16;

export function seal(key: KeyObject, place: SecretPlace, value: string): Sealed {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength }).setAAD(associated(place));
  return { nonce, cipher: Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]) };
}

/** Undefined when it was changed, belongs elsewhere, or was sealed with another key. */
export function unseal(key: KeyObject, place: SecretPlace, { nonce, cipher }: Sealed): string | undefined {
  if (cipher.length < tagLength || nonce.length !== 12) return undefined;
  const end = cipher.length - tagLength;
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagLength });
  decipher.setAAD(associated(place)).setAuthTag(cipher.subarray(end));
  try {
    return Buffer.concat([decipher.update(cipher.subarray(0, end)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function associated({ project, environment, service, name, version }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify(['hearth secret', project, environment, service, name, version]));
}
