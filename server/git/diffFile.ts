import type { diffFile as definition } from '../protocol/git.ts';
import type { DiffOptions, FileRef, Side } from '../protocol/gitTypes.ts';
import type { ResultOf } from '../protocol/message.ts';
import { Failure } from '../rpc/failure.ts';
import { comparisonArguments, diffArguments } from './diffArguments.ts';
import { bytesOf, decodeUtf16, imageType, type Source, sizesOf } from './diffContent.ts';
import { DiffFileReader, type PatchLimit, type RawEntry } from './diffFileReader.ts';
import { looksBinary, type OwnPatch, wholeFilePatch } from './diffNewFile.ts';
import { textPatch } from './diffOwnPatch.ts';
import { latin1Path } from './diffPath.ts';
import { stashedComparison } from './diffStashed.ts';
import { submoduleDiff } from './diffSubmodule.ts';
import { unmergedStages } from './diffUnmerged.ts';
import { isUntracked, untrackedMode } from './diffUntracked.ts';
import type { Repository } from './repository.ts';
import { type OpenSide, resolveSide } from './side.ts';

export type FileDiff = ResultOf<typeof definition>;

export interface FileQuestion {
  from: Side;
  to: Side;
  file: FileRef;
  oldFile?: FileRef | undefined;
  limit: number;
  options: DiffOptions;
}

/** Images up to this size travel whole; larger ones are told by their sizes. */
const imageLimit = 5_000_000;
/** Text in UTF-16 up to this size is compared by ourselves. */
const utf16Limit = 4_000_000;
/** With a limit in lines, so many bytes a line: one 5 MB line must not pass for one line. */
const bytesPerLine = 400;
/** Beyond the limit lines are still counted, but not for ever: after so many bytes the count is only a lower bound. */
const countedBytes = 256_000_000;
const silence = 300_000;

interface Asked extends FileQuestion {
  readonly repository: Repository;
  readonly from: Side;
  readonly sides: { from: OpenSide; to: OpenSide };
  readonly comparison: readonly string[];
  /** The path as a latin1 string. */
  readonly key: string;
  readonly cut: PatchLimit;
  readonly signal: AbortSignal | undefined;
}

/** How one file differs between two sides, as it is to be shown. One git process for text, one more for what is not. */
export async function diffFile(repository: Repository, question: FileQuestion, signal?: AbortSignal): Promise<FileDiff> {
  const [from, to] = await Promise.all([resolveSide(repository, question.from, signal), resolveSide(repository, question.to, signal)]);
  const comparison = comparisonArguments(from, to);
  if (comparison === undefined) return { kind: 'unchanged' };
  const cut = { lines: question.limit, bytes: question.limit === 0 ? 0 : Math.max(200_000, question.limit * bytesPerLine) };
  const asked: Asked = { ...question, repository, sides: { from, to }, comparison, key: latin1Path(question.file), cut, signal };
  const onDisk = from.content.kind === 'worktree' || to.content.kind === 'worktree';
  const hasIndex = onDisk || from.content.kind === 'index' || to.content.kind === 'index';
  const [tracked, unmerged] = await Promise.all([
    readPatch(asked, comparison),
    hasIndex ? unmergedStages(repository, [question.file], signal) : undefined,
  ]);
  const stages = unmerged?.get(asked.key) ?? [];
  if (stages.length > 0) return conflict(asked, stages);
  if (tracked.entry === undefined && onDisk && (await isUntracked(repository, question.file, signal))) return untracked(asked);
  const stashed = tracked.entry === undefined ? await stashedComparison(repository, { from, to }, question.options, signal) : undefined;
  const reader = stashed === undefined ? tracked : await readPatch(asked, stashed);
  const { entry } = reader;
  if (entry === undefined) return { kind: 'unchanged' };
  if (entry.oldMode === '160000' || entry.newMode === '160000') {
    const args = diffArguments(repository, comparison, ['-p', '--submodule=log'], question.options, [question.file]);
    return submoduleDiff(repository, args, entry, reader.patch, signal);
  }
  if (isBinary(reader, entry)) return binary(asked, entry);
  if (reader.lines === 0) return { kind: 'unchanged' };
  return shownText({ patch: reader.patch, lines: reader.lines, truncated: reader.truncated });
}

async function readPatch(asked: Asked, comparison: readonly string[]): Promise<DiffFileReader> {
  const shape = ['--raw', '-p', `-U${asked.options.context}`];
  const paths = asked.oldFile === undefined ? [asked.file] : [asked.file, asked.oldFile];
  const reader = new DiffFileReader(asked.key, asked.cut);
  const args = diffArguments(asked.repository, comparison, shape, asked.options, paths);
  let bytes = 0;
  for await (const chunk of asked.repository.stream(args, { silence, ...(asked.signal && { signal: asked.signal }) })) {
    reader.push(chunk);
    bytes += chunk.length;
    // Leaving the loop ends git.
    if (reader.truncated && bytes > countedBytes) break;
  }
  reader.finish();
  return reader;
}

/** Git says so in the patch. */
function isBinary(reader: DiffFileReader, entry: RawEntry): boolean {
  if (entry.oldId === entry.newId) return false;
  return reader.patch
    .toString('latin1', 0, 20_000)
    .split('\n')
    .some((line) => /^Binary files .* differ$/s.test(line));
}

function shownText({ patch, lines, truncated }: OwnPatch): FileDiff {
  const text = patch.toString('utf8');
  const lfs = /^@@ -[01](?:,\d+)? \+[01](?:,\d+)? @@.*\n(?:[ +-].*\n)*?[ +-]version https:\/\/git-lfs\.github\.com\/spec\/v1\n/m.test(
    text.slice(0, 4000),
  );
  return { kind: 'text', patch: text, lines, truncated, ...(lfs ? { lfs } : {}) };
}

/** A conflict is shown as git's combined difference of the file on disk against both parents, whatever the sides are. */
async function conflict(asked: Asked, stages: number[]): Promise<FileDiff> {
  const args = diffArguments(asked.repository, [], ['-p', '--cc', `-U${asked.options.context}`], asked.options, [asked.file]);
  const { stdout } = await asked.repository.run(args, { silence, ...(asked.signal && { signal: asked.signal }) });
  const all = stdout.toString('utf8').replace(/\n$/, '').split('\n');
  const truncated = asked.limit > 0 && all.length > asked.limit;
  const patch = `${(truncated ? all.slice(0, asked.limit) : all).join('\n')}\n`;
  return { kind: 'conflict', patch, stages, lines: all.length, truncated };
}

async function untracked(asked: Asked): Promise<FileDiff> {
  const source: Source = { kind: 'disk', path: asked.key };
  const removed = asked.sides.from.content.kind === 'worktree';
  const [size = 0] = await sizesOf(asked.repository, [source]);
  if (size > 512_000_000) return shownBinary(removed, size);
  const bytes = await bytesOf(asked.repository, source);
  const mode = await untrackedMode(asked.repository.root, asked.key);
  if (bytes === undefined || mode === undefined) return { kind: 'unchanged' };
  if (!looksBinary(bytes)) return shownText(wholeFilePatch(asked.key, mode, bytes, removed, asked.cut));
  const entry: RawEntry = {
    oldMode: removed ? mode : '000000',
    newMode: removed ? '000000' : mode,
    oldId: '0',
    newId: '0',
    status: removed ? 'D' : 'A',
    path: asked.key,
    oldPath: undefined,
  };
  return binary(asked, entry);
}

function shownBinary(removed: boolean, size: number): FileDiff {
  return { kind: 'binary', oldSize: removed ? size : 0, newSize: removed ? 0 : size };
}

async function binary(asked: Asked, entry: RawEntry): Promise<FileDiff> {
  const { repository, signal } = asked;
  const older = sourceOf(asked.sides.from, entry.oldMode, entry.oldId, entry.oldPath ?? entry.path);
  const newer = sourceOf(asked.sides.to, entry.newMode, entry.newId, entry.path);
  const [oldSize = 0, newSize = 0] = await sizesOf(repository, [older, newer], signal);
  const mime = imageType(entry.path);
  if (mime !== undefined) {
    const [old, now] = await Promise.all([
      oldSize <= imageLimit ? bytesOf(repository, older, signal) : undefined,
      newSize <= imageLimit ? bytesOf(repository, newer, signal) : undefined,
    ]);
    if (old !== undefined && now !== undefined && old.equals(now)) return unchangedContent(asked, entry);
    return {
      kind: 'image',
      mime,
      ...(old && { old: old.toString('base64') }),
      ...(now && { new: now.toString('base64') }),
      oldSize,
      newSize,
    };
  }
  if (Math.max(oldSize, newSize) <= utf16Limit) {
    const [old, now] = await Promise.all([bytesOf(repository, older, signal), bytesOf(repository, newer, signal)]);
    if (old !== undefined && now !== undefined && old.equals(now)) return unchangedContent(asked, entry);
    const own = ownPatch(asked, entry, old, now);
    if (own !== undefined) return own;
  }
  return { kind: 'binary', oldSize, newSize };
}

/** The same bytes on both sides: only the time on disk differs, or the mode. */
function unchangedContent(asked: Asked, entry: RawEntry): FileDiff {
  if (entry.oldMode === entry.newMode && entry.oldPath === undefined) return { kind: 'unchanged' };
  const patch =
    textPatch(
      entry.path,
      entry.oldPath ?? entry.path,
      { text: '', mode: entry.oldMode },
      { text: '', mode: entry.newMode },
      asked.options,
    ) ?? '';
  return { kind: 'text', patch, lines: patch.split('\n').length - 1, truncated: false };
}

/** Text in UTF-16 is text to a person, so it is compared as text; undefined for anything else. */
function ownPatch(asked: Asked, entry: RawEntry, old: Buffer | undefined, now: Buffer | undefined): FileDiff | undefined {
  const oldText = old && decodeUtf16(old);
  const newText = now && decodeUtf16(now);
  if ((old !== undefined && oldText === undefined) || (now !== undefined && newText === undefined)) return undefined;
  const patch = textPatch(
    entry.path,
    entry.oldPath ?? entry.path,
    { text: oldText, mode: entry.oldMode },
    { text: newText, mode: entry.newMode },
    asked.options,
  );
  if (patch === undefined) return undefined;
  const all = patch.split('\n').slice(0, -1);
  const truncated = asked.limit > 0 && all.length > asked.limit;
  return { kind: 'text', patch: truncated ? `${all.slice(0, asked.limit).join('\n')}\n` : patch, lines: all.length, truncated };
}

function sourceOf(side: OpenSide, mode: string, id: string, path: string): Source {
  if (/^0+$/.test(mode)) return { kind: 'none' };
  if (side.content.kind === 'worktree') return { kind: 'disk', path };
  if (/^0+$/.test(id)) throw new Failure('internal', 'Git gave no id for a file that is not on disk.');
  return { kind: 'blob', id };
}
