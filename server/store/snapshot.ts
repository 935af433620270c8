import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type Disk, writeWhole } from './disk.ts';

/** What a snapshot says of itself: one line of JSON before the database image. */
export interface SnapshotHeader {
  readonly format: 1;
  /** The last journal record it holds. */
  readonly position: number;
  readonly schema: number;
  readonly time: number;
  /** Bytes of the image. */
  readonly size: number;
}

export interface Snapshot {
  readonly header: SnapshotHeader;
  /** Of header and image. */
  readonly sha256: string;
  readonly image: Uint8Array;
}

const chunk = 4 * 1024 * 1024;
/** More than the longest first line. */
const firstLine = 4096;

/** Writes header and image as one file; the event loop turns between pieces. Answers the digest. */
export async function writeSnapshot(
  disk: Disk,
  file: string,
  { position, schema, time }: Omit<SnapshotHeader, 'format' | 'size'>,
  image: Uint8Array,
): Promise<string> {
  const full: SnapshotHeader = { format: 1, position, schema, time, size: image.length };
  const sha256 = await digest(full, image);
  const line = Buffer.from(`${JSON.stringify({ sha256, ...full })}\n`);
  await writeWhole(disk, file, pieces(line, image));
  return sha256;
}

function* pieces(line: Uint8Array, image: Uint8Array): Generator<Uint8Array> {
  yield line;
  for (let at = 0; at < image.length; at += chunk) yield image.subarray(at, at + chunk);
}

/** Undefined when any bit of it is not as written. */
export async function readSnapshot(disk: Disk, file: string): Promise<Snapshot | undefined> {
  const bytes = await disk.read(file);
  const parsed = parseHeader(bytes);
  if (parsed === undefined) return undefined;
  const { header, sha256, end } = parsed;
  const image = bytes.subarray(end);
  if (image.length !== header.size || (await digest(header, image)) !== sha256) return undefined;
  return { header, sha256, image };
}

/** The header alone, unchecked: for lists. */
export async function readSnapshotHeader(disk: Disk, file: string): Promise<SnapshotHeader | undefined> {
  return parseHeader(await disk.read(file, { start: 0, length: firstLine }))?.header;
}

function parseHeader(bytes: Buffer): { header: SnapshotHeader; sha256: string; end: number } | undefined {
  const end = bytes.subarray(0, firstLine).indexOf(0x0a) + 1;
  if (end === 0) return undefined;
  const text = bytes.toString('utf8', 0, end - 1);
  try {
    const { sha256, ...header } = JSON.parse(text) as SnapshotHeader & { sha256: string };
    // The digest covers what was read, not how it was spelled: only our own spelling is accepted.
    if (header.format !== 1 || JSON.stringify({ sha256, ...header }) !== text) return undefined;
    return { header, sha256, end };
  } catch {
    return undefined;
  }
}

async function digest(header: SnapshotHeader, image: Uint8Array): Promise<string> {
  const hash = createHash('sha256').update(`${JSON.stringify(header)}\n`);
  for (let at = 0; at < image.length; at += chunk) {
    hash.update(image.subarray(at, at + chunk));
    await setImmediate();
  }
  return hash.digest('hex');
}
