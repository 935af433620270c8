import { promises as fs } from 'node:fs';
import { diskPath } from './diffUntracked.ts';
import type { Repository } from './repository.ts';

/** Where the content of one side of a file is: a blob, a file on disk (path as a latin1 string), or nowhere. */
export type Source =
  | { readonly kind: 'blob'; readonly id: string }
  | { readonly kind: 'disk'; readonly path: string }
  | { readonly kind: 'none' };

/** Sizes in bytes, without reading the contents; 0 where there is nothing. */
export function sizesOf(repository: Repository, sources: readonly Source[], signal?: AbortSignal): Promise<number[]> {
  return Promise.all(
    sources.map(async (source) => {
      if (source.kind === 'none') return 0;
      if (source.kind === 'blob') return (await repository.objects.info(source.id, signal))?.size ?? 0;
      const stats = await fs.lstat(diskPath(repository.root, source.path)).catch(() => undefined);
      return stats?.size ?? 0;
    }),
  );
}

/** The bytes of one side; undefined where there is nothing. A link's content is where it points. */
export async function bytesOf(repository: Repository, source: Source, signal?: AbortSignal): Promise<Buffer | undefined> {
  if (source.kind === 'none') return undefined;
  if (source.kind === 'blob') return (await repository.objects.blob(source.id, signal)).data;
  const file = diskPath(repository.root, source.path);
  const stats = await fs.lstat(file).catch(() => undefined);
  if (stats?.isSymbolicLink()) return fs.readlink(file, { encoding: 'buffer' });
  return stats?.isFile() ? fs.readFile(file) : undefined;
}

const imageTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  avif: 'image/avif',
};

/** The type of an image that a browser shows, by its name. SVG is not among them: it is text, and its difference is readable. */
export function imageType(path: string): string | undefined {
  const extension = path.match(/\.([a-z]+)$/i)?.[1]?.toLowerCase();
  return extension === undefined ? undefined : imageTypes[extension];
}

/** Text that git takes for binary because of its NULs: UTF-16 with its byte-order mark. Undefined for anything else. */
export function decodeUtf16(bytes: Buffer): string | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
  if (encoding === undefined) return undefined;
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
