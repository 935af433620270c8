import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Demultiplexer, jsonLines, LineSplitter } from '../../../server/deploy/engine/lines.ts';

function split(chunks: Buffer[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

/** The bytes in pieces, cut at these places. */
function pieces(bytes: Buffer, cuts: number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((to, index) => bytes.subarray(places[index], to));
}

function frame(kind: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

describe('output of containers', () => {
  it('is the same lines however it is cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat()), (texts, cuts) => {
        const clean = texts.map((text) => text.replace(/[\r\n]/g, ''));
        const bytes = Buffer.from(clean.map((line) => `${line}\n`).join(''));
        expect(split(pieces(bytes, cuts))).toEqual(clean);
      }),
    );
  });

  it('shows what a terminal would after carriage returns, and keeps a last line without an end', () => {
    expect(split([Buffer.from('10 %\r20 %\r100 %\r\nlast')])).toEqual(['100 %', 'last']);
    expect(split([Buffer.from('a\n\nb\n')])).toEqual(['a', '', 'b']);
  });

  it('never holds more of a line than it will show, and says how much is missing', () => {
    const chunk = Buffer.alloc(1 << 16, 120);
    const lines = split([...Array.from({ length: 64 }, () => chunk), Buffer.from('\nshort\n')]);
    expect(lines).toEqual([`${'x'.repeat(12_288)} … (${(64 << 16) - 12_288} more characters)`, 'short']);
  });

  it('is taken apart into its two streams however the frames are cut', () => {
    const payload = fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(fc.array(payload), fc.array(fc.nat()), (parts, cuts) => {
        const out: Buffer[] = [];
        const error: Buffer[] = [];
        const frames = new Demultiplexer(
          (chunk) => out.push(Buffer.from(chunk)),
          (chunk) => error.push(Buffer.from(chunk)),
        );
        const whole = Buffer.concat(parts.map(([kind, bytes]) => frame(kind, Buffer.from(bytes))));
        for (const piece of pieces(whole, cuts)) frames.push(piece);
        const expected = (kind: number) => Buffer.concat(parts.filter(([each]) => each === kind).map(([, bytes]) => Buffer.from(bytes)));
        expect(Buffer.concat(out)).toEqual(expected(1));
        expect(Buffer.concat(error)).toEqual(expected(2));
        expect(frames.complete).toBe(true);
      }),
    );
  });

  it('that is torn or not framed is noticed', () => {
    const frames = new Demultiplexer(
      () => {},
      () => {},
    );
    frames.push(frame(1, Buffer.from('whole')).subarray(0, 10));
    expect(frames.complete).toBe(false);
    const plain = new Demultiplexer(
      () => {},
      () => {},
    );
    expect(() => plain.push(Buffer.from('plain text of a terminal'))).toThrow();
  });
});

describe('JSON lines of the engine', () => {
  async function read(chunks: Buffer[]): Promise<object[]> {
    const found: object[] = [];
    const source = (async function* () {
      yield* chunks;
    })();
    for await (const each of jsonLines(source)) found.push(each);
    return found;
  }

  it('are read whatever the chunks; what is none is skipped', async () => {
    const bytes = Buffer.from('{"stream":"ä\\n"}\r\n\nnull\n[1]\nnot json\n{"aux":{"ID":"x"}}');
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(await read(pieces(bytes, [cut]))).toEqual([{ stream: 'ä\n' }, { aux: { ID: 'x' } }]);
  });

  it('end with an error when one is without end', async () => {
    await expect(read(Array.from({ length: 80 }, () => Buffer.alloc(1 << 16, 120)))).rejects.toThrow('too long');
  });
});
