/** Id, type and size in bytes of an object. */
export interface ObjectFacts {
  readonly id: string;
  readonly type: 'blob' | 'tree' | 'commit' | 'tag';
  readonly size: number;
}

/** An object with its content. */
export interface GitObject extends ObjectFacts {
  readonly data: Buffer;
}

export type Answer = ObjectFacts | GitObject;

interface Expected {
  readonly name: Buffer;
  readonly contents: boolean;
}

const noObject: readonly Buffer[] = [Buffer.from(' missing\n'), Buffer.from(' ambiguous\n')];

/**
 * Reads the answers of `cat-file --batch-command`, cut anywhere. `expect` what was asked, in order; `push` gives the answers that are
 * complete, `undefined` for a name without an object. Git repeats such a name, newlines included, so it is compared byte by byte.
 */
export class CatFileParser {
  readonly #expected: Expected[] = [];
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Bytes below which looking again is useless; joining on every chunk of a large blob would copy it again and again. */
  #needed = 1;
  #facts: ObjectFacts | undefined;

  expect(name: Buffer, contents: boolean): void {
    this.#expected.push({ name, contents });
  }

  push(chunk: Buffer): (Answer | undefined)[] {
    const answers: (Answer | undefined)[] = [];
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= this.#needed && this.#expected.length > 0) {
      const buffer = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
      const used = this.#read(buffer, answers);
      const rest = buffer.subarray(used);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#buffered = rest.length;
      if (used === 0) break;
    }
    return answers;
  }

  /** Takes one header or one content; gives the bytes used, 0 when more are needed. */
  #read(buffer: Buffer, answers: (Answer | undefined)[]): number {
    const facts = this.#facts;
    if (facts !== undefined) {
      this.#facts = undefined;
      this.#needed = 1;
      this.#expected.shift();
      answers.push({ ...facts, data: Buffer.from(buffer.subarray(0, facts.size)) });
      return facts.size + 1;
    }
    const { name, contents } = this.#expected[0] as Expected;
    const common = Math.min(name.length, buffer.length);
    const repeatsName = buffer.compare(name, 0, common, 0, common) === 0;
    if (repeatsName) {
      for (const ending of noObject) {
        if (
          buffer.length >= name.length + ending.length &&
          buffer.compare(ending, 0, ending.length, name.length, name.length + ending.length) === 0
        ) {
          this.#expected.shift();
          this.#needed = 1;
          answers.push(undefined);
          return name.length + ending.length;
        }
      }
    }
    const end = buffer.indexOf(10);
    const match = end < 0 ? null : buffer.toString('latin1', 0, end).match(/^([0-9a-f]{40}|[0-9a-f]{64}) (blob|tree|commit|tag) (\d+)$/);
    if (match === null && end >= 0 && !repeatsName) {
      // What newer versions say of a path that is no object of this repository: `<id> submodule`.
      this.#expected.shift();
      this.#needed = 1;
      answers.push(undefined);
      return end + 1;
    }
    if (match === null) {
      this.#needed = this.#buffered + 1;
      return 0;
    }
    const found: ObjectFacts = { id: match[1] as string, type: match[2] as ObjectFacts['type'], size: Number(match[3]) };
    if (contents) {
      this.#facts = found;
      this.#needed = found.size + 1;
    } else {
      this.#needed = 1;
      this.#expected.shift();
      answers.push(found);
    }
    return end + 1;
  }
}
