import { promises as fs } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** Whole lines that are added to a file, also after it was renamed and begun anew. */
export class LogTail {
  readonly #file: string;
  #inode = 0;
  #position = 0;
  #rest = '';
  /** A character may be cut in two where a piece ends. */
  #decoder = new StringDecoder('utf8');

  constructor(file: string) {
    this.#file = file;
  }

  /** From here on: what is there is not read. */
  async skip(): Promise<void> {
    const stats = await fs.stat(this.#file).catch(() => undefined);
    this.#inode = stats?.ino ?? 0;
    this.#position = stats?.size ?? 0;
  }

  /** What was added since it was read last. */
  async read(): Promise<string[]> {
    const lines: string[] = [];
    const stats = await fs.stat(this.#file).catch(() => undefined);
    if (stats === undefined) return lines;
    if (stats.ino !== this.#inode || stats.size < this.#position) {
      // What was written to it after the last look stands in the renamed one.
      if (this.#inode !== 0) lines.push(...(await this.#readFrom(`${this.#file}.1`)));
      this.#inode = stats.ino;
      this.#position = 0;
      this.#rest = '';
      this.#decoder = new StringDecoder('utf8');
    }
    lines.push(...(await this.#readFrom(this.#file)));
    return lines;
  }

  async #readFrom(file: string): Promise<string[]> {
    const handle = await fs.open(file).catch(() => undefined);
    if (handle === undefined) return [];
    try {
      const chunk = Buffer.alloc(256 * 1024);
      const lines: string[] = [];
      for (;;) {
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, this.#position);
        if (bytesRead === 0) return lines;
        this.#position += bytesRead;
        const parts = `${this.#rest}${this.#decoder.write(chunk.subarray(0, bytesRead))}`.split('\n');
        this.#rest = parts.pop() ?? '';
        lines.push(...parts);
      }
    } finally {
      await handle.close();
    }
  }
}
