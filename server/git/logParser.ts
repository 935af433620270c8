import type { CommitRow } from '../protocol/gitTypes.ts';

/**
 * Every field ends with NUL, which neither a name nor a message can hold, and each commit has the same number of fields: a hostile message
 * cannot shift the next commit. Names respect the mailmap, as blame's do. No `%G*`: those would start gpg.
 */
export const commitFormat = '%H%x00%P%x00%aN%x00%aE%x00%at%x00%ct%x00%D%x00%s';

/** Options of every `log` whose output `LogParser` reads. The configuration of the user must not change what is listed. */
export const logArguments: readonly string[] = [
  '-z',
  `--format=${commitFormat}`,
  '--decorate=full',
  '--encoding=UTF-8',
  '--no-color',
  '--no-follow',
  '--no-notes',
];

const fieldCount = 8;

/** Reads `git log -z --format=<commitFormat>` without any diff. Feed chunks; each call gives the commits completed by it. */
export class LogParser {
  #rest: Buffer | undefined;
  #fields: string[] = [];

  push(chunk: Buffer): CommitRow[] {
    const buffer = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const rows: CommitRow[] = [];
    let start = 0;
    for (let end = buffer.indexOf(0); end >= 0; end = buffer.indexOf(0, start)) {
      this.#fields.push(buffer.toString('utf8', start, end));
      start = end + 1;
      if (this.#fields.length === fieldCount) {
        rows.push(rowOf(this.#fields));
        this.#fields = [];
      }
    }
    this.#rest = start < buffer.length ? buffer.subarray(start) : undefined;
    return rows;
  }
}

/** A commit from the fields of `commitFormat`, in its order. */
export function rowOf(fields: readonly string[]): CommitRow {
  const [id = '', parents = '', author = '', authorMail = '', authorTime, committerTime, refs = '', subject = ''] = fields;
  return {
    id,
    parents: parents === '' ? [] : parents.split(' '),
    author,
    authorMail,
    authorTime: timeOf(authorTime),
    committerTime: timeOf(committerTime),
    subject,
    refs: refsOf(refs),
  };
}

/** A damaged date is 0, as git shows it. */
export function timeOf(text: string | undefined): number {
  const time = Number(text);
  return Number.isSafeInteger(time) ? time : 0;
}

/** `HEAD -> refs/heads/main, tag: refs/tags/v1` as full names. A ref name holds neither a space nor a tilde, so the separators are safe. */
export function refsOf(decoration: string): string[] {
  if (decoration === '') return [];
  return decoration
    .split(', ')
    .flatMap((each) => each.split(' -> '))
    .map((each) => (each.startsWith('tag: ') ? each.slice(5) : each));
}
