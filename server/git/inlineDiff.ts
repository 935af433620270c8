import { fileURLToPath } from 'node:url';
import type { inlineDiff as definition } from '../protocol/git.ts';
import type { ResolvedSide, Side } from '../protocol/gitTypes.ts';
import type { ParamsOf, ResultOf } from '../protocol/message.ts';
import { asFailure } from '../rpc/failure.ts';
import type { Services } from '../services.ts';
import { readContent } from './content.ts';
import { indexEntry } from './indexEntry.ts';
import { inlineHunks, linesOf } from './inlineDiffHunks.ts';
import type { Repository } from './repository.ts';
import { resolveSide } from './side.ts';
import { renamedFrom } from './sideRename.ts';

type Answer = ResultOf<typeof definition>;
type None = Extract<Answer, { state: 'none' }>;

/** The text a document is compared with; kept until the repository moves, so that typing starts no git process. */
type Base =
  | { state: 'base'; root: string; against: ResolvedSide; lines: readonly string[]; oldPath: string | undefined }
  | (None & { root: string });

/** Larger documents are not compared while someone types. */
const longestDocument = 20_000_000;
/** Bases kept; each holds the lines of one file. */
const mostBases = 50;

/** Compares open documents, unsaved text included, with a side. */
export class InlineDiffs {
  readonly #services: Services;
  readonly #bases = new Map<string, Promise<Base>>();

  constructor(services: Services) {
    this.#services = services;
    services.watchers.onDidMove((facts) => this.#drop((root) => root === facts.root || root === ''));
    services.session.onDidChangeTrust(() => this.#bases.clear());
    services.documents.onEvent((event) => {
      if (event.kind === 'change') return;
      const uri = event.kind === 'close' ? event.uri : event.document.uri;
      // A saved file may have become another one (a checkout, a new `git init`); what is known is cheap to ask again.
      for (const key of this.#bases.keys()) if (key.startsWith(`${uri}\0`)) this.#bases.delete(key);
    });
  }

  /** Ranges of the document that differ from the side, as the document is when the answer is made. */
  async compare({ uri, against, version }: ParamsOf<typeof definition>): Promise<Answer> {
    const { documents } = this.#services;
    const asked = documents.get(uri);
    if (asked === undefined) return { state: 'none', why: 'unavailable' };
    if (version !== undefined && version !== asked.version) return { state: 'stale' };
    const base = await this.#base(uri, against);
    const document = documents.get(uri);
    if (document === undefined) return { state: 'none', why: 'unavailable' };
    if (version !== undefined && version !== document.version) return { state: 'stale' };
    if (base.state === 'none') return { state: 'none', why: base.why };
    const text = document.getText();
    if (text.length > longestDocument) return { state: 'none', why: 'too-large' };
    const hunks = inlineHunks(base.lines, linesOf(text));
    return {
      state: 'diffed',
      version: document.version,
      hunks,
      against: base.against,
      ...(base.oldPath === undefined ? {} : { oldPath: base.oldPath }),
    };
  }

  #base(uri: string, against: Side): Promise<Base> {
    // One search serves all who ask meanwhile, so it does not end with the request that started it.
    // A file on disk changes without a word to us; reading it costs no process.
    const key = `${uri}\0${JSON.stringify(against)}`;
    const known = against.kind === 'worktree' ? undefined : this.#bases.get(key);
    if (known !== undefined) return known;
    const found = this.#find(uri, against);
    this.#bases.delete(key);
    this.#bases.set(key, found);
    found.catch(() => {
      if (this.#bases.get(key) === found) this.#bases.delete(key);
    });
    for (const oldest of this.#bases.keys()) {
      if (this.#bases.size <= mostBases) break;
      this.#bases.delete(oldest);
    }
    return found;
  }

  async #find(uri: string, against: Side): Promise<Base> {
    const file = filePathOf(uri);
    if (file === undefined) return { state: 'none', why: 'outside-repository', root: '' };
    const { repositories, session, watchers } = this.#services;
    const found = await repositories.containing(file, session).catch((error: unknown) => {
      const { reason } = asFailure(error);
      if (reason === 'not-found' || reason === 'unsupported') return undefined;
      throw error;
    });
    if (found === undefined || found.path === '') return { state: 'none', why: 'outside-repository', root: '' };
    const { repository, path } = found;
    watchers.watch(repository.facts);
    return { ...(await baseOf(repository, path, against)), root: repository.root };
  }

  #drop(moved: (root: string) => boolean): void {
    for (const [key, base] of this.#bases) {
      base.then(
        ({ root }) => {
          if (moved(root) && this.#bases.get(key) === base) this.#bases.delete(key);
        },
        () => {},
      );
    }
  }
}

async function baseOf(repository: Repository, path: string, against: Side): Promise<Omit<Extract<Base, { state: 'base' }>, 'root'> | None> {
  const side = await resolveSide(repository, against);
  let oldPath: string | undefined;
  let content = await readContent(repository, { side: against, file: { path }, encoding: 'text' });
  if (content.kind === 'absent') {
    if (against.kind === 'index' || (await indexEntry(repository, { path }, undefined)) === undefined)
      return { state: 'none', why: 'untracked' };
    oldPath = side.content.kind === 'tree' ? await renamedFrom(repository, side.content.id, path) : undefined;
    if (oldPath !== undefined) content = await readContent(repository, { side: against, file: { path: oldPath }, encoding: 'text' });
  }
  if (content.kind === 'binary' || content.kind === 'base64') return { state: 'none', why: 'binary' };
  if (content.kind === 'submodule') return { state: 'none', why: 'not-a-file' };
  // A file that the side does not have is all new.
  const lines = content.kind === 'text' ? linesOf(content.text) : [];
  return { state: 'base', against: side.shown, lines, oldPath };
}

function filePathOf(uri: string): string | undefined {
  try {
    return uri.startsWith('file:') ? fileURLToPath(uri) : undefined;
  } catch {
    return undefined;
  }
}
