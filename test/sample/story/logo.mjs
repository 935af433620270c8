// The shop's logo as a PNG: a basket on a round ground. Written byte by byte (stored, not compressed), so that every zlib gives the same file.

/** @param {{ ground: string, basket: string }} colours six hex digits each */
export function logo({ ground, basket }) {
  const size = 64;
  const rows = [];
  for (let y = 0; y < size; y++) {
    const row = [0]; // no filter
    for (let x = 0; x < size; x++) row.push(shape(x - size / 2 + 0.5, y - size / 2 + 0.5));
    rows.push(Buffer.from(row));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 3, 0, 0, 0], 8); // 8 bits, palette
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(`ffffff${ground}${basket}`, 'hex')),
    chunk('tRNS', Buffer.from([0, 255, 255])),
    chunk('IDAT', stored(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** 0 nothing, 1 ground, 2 basket */
function shape(x, y) {
  const radius = Math.hypot(x, y);
  if (radius > 31) return 0;
  const handle = Math.abs(Math.hypot(x, y + 2) - 13) < 2 && y < -2;
  const body = y > -4 && y < 16 && Math.abs(x) < 19 - (y + 4) * 0.3;
  const gap = body && y > 1 && (Math.abs(x) < 1 || Math.abs(Math.abs(x) - 7) < 1) && y < 12;
  return (handle || body) && !gap ? 2 : 1;
}

function stored(data) {
  const length = Buffer.alloc(4);
  length.writeUInt16LE(data.length, 0);
  length.writeUInt16LE(~data.length & 0xffff, 2);
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  const adler = Buffer.alloc(4);
  adler.writeUInt32BE(((b << 16) | a) >>> 0);
  return Buffer.concat([Buffer.from([0x78, 0x01, 0x01]), length, data, adler]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function crc(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}
