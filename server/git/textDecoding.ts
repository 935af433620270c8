const utf16le = new TextDecoder('utf-16le');
const utf16be = new TextDecoder('utf-16be');
const utf8 = new TextDecoder('utf-8');

/** Bytes that git looks at to tell text from binary. */
const lookedAt = 8000;

/** Whether git would call this binary (a NUL in the first 8000 bytes), except that UTF-16 with its mark is text to a person. */
export function isBinary(data: Buffer): boolean {
  if (byteOrder(data) !== 'utf-8') return false;
  return data.subarray(0, lookedAt).includes(0);
}

/** UTF-8, or UTF-16 by its byte-order mark; the mark itself is no part of the text. Bytes that are neither become U+FFFD. */
export function decodeText(data: Buffer): string {
  const decoder = { 'utf-8': utf8, 'utf-16le': utf16le, 'utf-16be': utf16be }[byteOrder(data)];
  return decoder.decode(data);
}

function byteOrder(data: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (data.length >= 2 && data.length % 2 === 0) {
    if (data[0] === 0xff && data[1] === 0xfe) return 'utf-16le';
    if (data[0] === 0xfe && data[1] === 0xff) return 'utf-16be';
  }
  return 'utf-8';
}
