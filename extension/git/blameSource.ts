import { type CancellationToken, CancellationTokenSource, type TextDocument } from 'vscode';
import type * as z from 'zod/mini';
import { blame, documentBlame, type noBlame } from '../../server/protocol/git.ts';
import type { BlamedCommit, BlameOrigin } from '../../server/protocol/gitTypes.ts';
import type { ServerConnection } from '../server.ts';
import { blameOptionsOf } from './blameSettings.ts';
import { type BlameBatch, type BlamedLine, BlameTable } from './blameTable.ts';
import { parseRevisionUri, revisionScheme } from './revisionUri.ts';

/** Where blame comes from: open files as they stand in the editor, and old revisions, which never change. */

type NoBlame = z.output<typeof noBlame>;

/** A line of a document with everything a hover, a status item or a command needs. Lines are 1-based. */
export interface LineBlame {
  readonly repository: string;
  /** Of the document. */
  readonly path: string;
  readonly line: number;
  /** The revision the document shows; absent for the working file. */
  readonly revision?: string;
  readonly commit: string;
  readonly facts: BlamedCommit;
  readonly originalLine: number;
  readonly origin: BlameOrigin;
}

export type Answer<T> =
  | ({ readonly kind: 'blamed' } & T)
  | { readonly kind: 'none'; readonly why: NoBlame | 'unknown-line' }
  | { readonly kind: 'stale' };

export interface Place {
  readonly repository: string;
  readonly path: string;
  readonly revision?: string;
}

type Whole = Answer<{ place: Place; version: number }>;

/** Old revisions kept in memory. */
const kept = 8;

export function canBlame(document: TextDocument): boolean {
  return document.uri.scheme === 'file' || (document.uri.scheme === revisionScheme && revisionOf(document) !== undefined);
}

function revisionOf(document: TextDocument): (Place & { readonly revision: string }) | undefined {
  const parsed = parseRevisionUri(document.uri);
  if (parsed?.side.kind !== 'commit') return undefined;
  return { repository: parsed.repository, path: parsed.path, revision: parsed.side.revision };
}

export class BlameSource {
  readonly #server: ServerConnection;
  readonly #revisions = new Map<string, BlameTable>();

  constructor(server: ServerConnection) {
    this.#server = server;
  }

  /** One line, as fast as it can be had. The answer is that of `document.version`, or `stale`. */
  async line(document: TextDocument, line: number, token?: CancellationToken): Promise<Answer<{ blame: LineBlame }>> {
    if (document.uri.scheme === revisionScheme) return this.#revisionLine(document, line, token);
    const table = new BlameTable(document.lineCount);
    // With partial results the answer waits for exactly this line, and the server reads it first.
    const result = await this.#server.send(
      documentBlame,
      { uri: document.uri.toString(), version: document.version, lines: { start: line, end: line }, options: blameOptionsOf(document) },
      { token, onPartial: (batch) => table.add(batch) },
    );
    if (result.state === 'none') return { kind: 'none', why: result.why };
    if (result.state === 'stale') return { kind: 'stale' };
    const found = table.at(line);
    return found === undefined ? { kind: 'none', why: 'unknown-line' } : { kind: 'blamed', blame: lineBlame(result, line, found) };
  }

  /** All lines. `onRows` is called as they arrive, in the order the server has them. */
  async whole(
    document: TextDocument,
    visible: { start: number; end: number } | undefined,
    onRows: (batch: BlameBatch) => void,
    token?: CancellationToken,
  ): Promise<Whole> {
    if (document.uri.scheme === revisionScheme) return this.#wholeRevision(document, visible, onRows, token);
    const result = await this.#server.send(
      documentBlame,
      { uri: document.uri.toString(), version: document.version, options: blameOptionsOf(document) },
      { token, onPartial: onRows },
    );
    if (result.state === 'none') return { kind: 'none', why: result.why };
    if (result.state === 'stale') return { kind: 'stale' };
    if (result.runs !== undefined) onRows({ runs: result.runs, origins: result.origins ?? [], commits: result.commits ?? {} });
    return { kind: 'blamed', place: { repository: result.repository, path: result.path }, version: result.version };
  }

  async #revisionLine(document: TextDocument, line: number, token?: CancellationToken): Promise<Answer<{ blame: LineBlame }>> {
    const place = revisionOf(document);
    if (place === undefined) return { kind: 'none', why: 'not-a-file' };
    let table = this.#revisions.get(document.uri.toString());
    if (table === undefined) {
      table = new BlameTable(document.lineCount);
      const fresh = table;
      await this.#wholeRevision(document, { start: line, end: line }, (batch) => fresh.add(batch), token);
    }
    const found = table.at(line);
    return found === undefined ? { kind: 'none', why: 'unknown-line' } : { kind: 'blamed', blame: lineBlame(place, line, found) };
  }

  async #wholeRevision(
    document: TextDocument,
    visible: { start: number; end: number } | undefined,
    onRows: (batch: BlameBatch) => void,
    token?: CancellationToken,
  ): Promise<Whole> {
    const place = revisionOf(document);
    if (place === undefined) return { kind: 'none', why: 'not-a-file' };
    const key = document.uri.toString();
    const known = this.#revisions.get(key);
    if (known !== undefined) {
      onRows(known.asBatch());
      return { kind: 'blamed', place, version: document.version };
    }
    const table = new BlameTable(document.lineCount);
    const result = await this.#server.send(
      blame,
      {
        repository: place.repository,
        file: { path: place.path },
        revision: place.revision,
        ...(visible === undefined ? {} : { visible }),
        options: blameOptionsOf(document),
      },
      {
        token,
        onPartial: (batch) => {
          table.add(batch);
          onRows(batch);
        },
      },
    );
    // A name may move; only what names a commit by its id stays true.
    if (result.revision !== undefined && place.revision === result.revision) this.#keep(key, table);
    return { kind: 'blamed', place, version: document.version };
  }

  #keep(key: string, table: BlameTable): void {
    this.#revisions.set(key, table);
    for (const oldest of this.#revisions.keys()) {
      if (this.#revisions.size <= kept) break;
      this.#revisions.delete(oldest);
    }
  }

  /** Settings of blame changed. */
  forget(): void {
    this.#revisions.clear();
  }
}

export function lineBlame(place: Place, line: number, found: BlamedLine): LineBlame {
  const { repository, path, revision } = place;
  return { repository, path, line, ...(revision === undefined ? {} : { revision }), ...found };
}

/** A source to cancel the previous question with; each new question replaces it. */
export class Latest {
  #source: CancellationTokenSource | undefined;

  next(): CancellationToken {
    this.cancel();
    this.#source = new CancellationTokenSource();
    return this.#source.token;
  }

  cancel(): void {
    this.#source?.cancel();
    this.#source?.dispose();
    this.#source = undefined;
  }

  dispose(): void {
    this.cancel();
  }
}
