import type { Repository } from '../../git/index.ts';
import { IdTable } from './idTable.ts';

/**
 * Which commits are contained in which of some deployed commits: one `git rev-list` over what they reach, whatever number of them. A commit's
 * ancestors never change, so this stays right until other commits are deployed (or the history itself is cut or replaced otherwise).
 */
export class Ancestry {
  /** In the order of the bits. */
  readonly deployed: readonly string[];
  readonly #ids: IdTable;
  /** By row: which set of deployed commits contains it. */
  readonly #setOf: Uint32Array;
  /** The sets that occur: few, whatever the number of commits. */
  readonly #sets: readonly (readonly string[])[];

  constructor(deployed: readonly string[], ids: IdTable, setOf: Uint32Array, sets: readonly bigint[]) {
    this.deployed = deployed;
    this.#ids = ids;
    this.#setOf = setOf;
    this.#sets = sets.map((set) => deployed.filter((_, bit) => (set & (1n << BigInt(bit))) !== 0n));
  }

  /** How many commits the deployed ones reach. */
  get size(): number {
    return this.#ids.count;
  }

  /** Whether the deployed commit is in the repository. */
  knows(deployed: string): boolean {
    return this.containers(deployed).includes(deployed);
  }

  /** The deployed commits that contain a commit, itself among them where it is one. */
  containers(commit: string): readonly string[] {
    const row = this.#ids.find(commit);
    return row < 0 ? [] : (this.#sets[this.#setOf[row] as number] ?? []);
  }
}

/** Reads it. Deployed commits that are not in the repository are left out (a partial clone does not fetch them for that). */
export async function readAncestry(repository: Repository, deployed: readonly string[], signal: AbortSignal): Promise<Ancestry> {
  const walk = new Walk(deployed, repository.facts.objectFormat === 'sha256' ? 64 : 40);
  const args = ['rev-list', '--topo-order', '--parents', '--ignore-missing', '--stdin'];
  const input = deployed.map((commit) => `${commit}\n`).join('');
  const env = { GIT_NO_LAZY_FETCH: '1', GIT_FLUSH: '0' };
  for await (const chunk of repository.stream(args, { signal, input, env, silence: 300_000, priority: 'background' })) walk.push(chunk);
  return walk.end();
}

/** Lines of ids, a commit before its parents: when a commit's own line comes, all that contain it have said so. */
class Walk {
  readonly #deployed: readonly string[];
  readonly #step: number;
  readonly #ids: IdTable;
  readonly #sets: bigint[] = [0n];
  readonly #setNumbers = new Map<bigint, number>([[0n, 0]]);
  #setOf = new Uint32Array(4096);
  #rest: Buffer = Buffer.alloc(0);

  constructor(deployed: readonly string[], digits: number) {
    this.#deployed = deployed;
    this.#step = digits + 1;
    this.#ids = new IdTable(digits);
    // The first rows are the deployed commits, in their order.
    for (const commit of deployed) this.#row(Buffer.from(commit, 'latin1'), 0);
  }

  push(chunk: Buffer): void {
    const text = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
      const row = this.#row(text, start);
      if (row < this.#deployed.length) this.#add(row, this.#number(1n << BigInt(row)));
      const set = this.#setOf[row] as number;
      for (let at = start + this.#step; at < end; at += this.#step) this.#add(this.#row(text, at), set);
      start = end + 1;
    }
    this.#rest = text.subarray(start);
  }

  end(): Ancestry {
    return new Ancestry(this.#deployed, this.#ids, this.#setOf, this.#sets);
  }

  #row(text: Buffer, offset: number): number {
    const row = this.#ids.add(text, offset);
    if (row >= this.#setOf.length) {
      const grown = new Uint32Array(this.#setOf.length * 2);
      grown.set(this.#setOf);
      this.#setOf = grown;
    }
    return row;
  }

  /** Whoever contains a commit contains its parents. */
  #add(row: number, set: number): void {
    const before = this.#setOf[row] as number;
    if (before === set || set === 0) return;
    this.#setOf[row] = before === 0 ? set : this.#number((this.#sets[before] as bigint) | (this.#sets[set] as bigint));
  }

  #number(set: bigint): number {
    let number = this.#setNumbers.get(set);
    if (number === undefined) {
      number = this.#sets.push(set) - 1;
      this.#setNumbers.set(set, number);
    }
    return number;
  }
}
