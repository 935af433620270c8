import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';

/** Git's text form of binary content, for untracked files that a patch adds or removes (git makes it for all others). */

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~';
const bytesPerLine = 52;

/** The id git would give this content. */
export function blobId(bytes: Buffer, format: 'sha1' | 'sha256'): string {
  return createHash(format).update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/** The lines after the header: `index` (a binary patch needs both full ids), and the content both ways. */
export function binaryLiteral(bytes: Buffer, removed: boolean, format: 'sha1' | 'sha256'): string {
  const id = blobId(bytes, format);
  const none = '0'.repeat(id.length);
  const [forward, backward] = removed ? [Buffer.alloc(0), bytes] : [bytes, Buffer.alloc(0)];
  return `index ${removed ? id : none}..${removed ? none : id}\nGIT binary patch\n${literal(forward)}\n${literal(backward)}\n`;
}

function literal(bytes: Buffer): string {
  const packed = deflateSync(bytes);
  const lines = [`literal ${bytes.length}\n`];
  for (let at = 0; at < packed.length; at += bytesPerLine) {
    const piece = packed.subarray(at, at + bytesPerLine);
    const length = String.fromCharCode(piece.length <= 26 ? 64 + piece.length : 96 + piece.length - 26);
    lines.push(`${length}${base85(piece)}\n`);
  }
  return lines.join('');
}

function base85(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    let value = 0;
    for (let index = 0; index < 4; index++) value = value * 256 + (bytes[at + index] ?? 0);
    let group = '';
    for (let index = 0; index < 5; index++) {
      group = alphabet.charAt(value % 85) + group;
      value = Math.floor(value / 85);
    }
    text += group;
  }
  return text;
}
