import type { diffExport as definition } from '../protocol/git.ts';
import type { ChangedFile } from '../protocol/gitTypes.ts';
import type { ParamsOf } from '../protocol/message.ts';
import { throwIfCancelled } from '../rpc/failure.ts';
import { comparisonArguments, diffArguments } from './diffArguments.ts';
import { binaryLiteral } from './diffBinaryPatch.ts';
import { bytesOf } from './diffContent.ts';
import { HtmlWriter } from './diffExportHtml.ts';
import { JsonWriter } from './diffExportJson.ts';
import { MarkdownWriter } from './diffExportMarkdown.ts';
import { asUtf8, checkedPlace, chunkTarget, type ExportTarget, fileTarget } from './diffExportTarget.ts';
import { diffFile, type FileDiff } from './diffFile.ts';
import { listBetween, type Totals } from './diffList.ts';
import type { ListedFile } from './diffListParser.ts';
import { looksBinary, wholeFilePatch } from './diffNewFile.ts';
import { patchHeader } from './diffOwnPatch.ts';
import { type DocumentWriter, latin1, PatchWalk } from './diffPatchWalk.ts';
import { quote } from './diffPath.ts';
import { stashedComparison } from './diffStashed.ts';
import type { Repository } from './repository.ts';
import { type OpenSide, resolveSide } from './side.ts';

export type ExportQuestion = Omit<ParamsOf<typeof definition>, 'repository'>;

/** So much text is gathered before it is written. */
const pieceSize = 256 * 1024;
const silence = 600_000;
/** Images are put into a page up to these sizes, in bytes of base64. */
const mostImage = 1_400_000;
const mostImages = 16_000_000;
/** A page says more of so many binary files and submodules; each costs a git process. */
const mostSpecials = 200;

const noLimit = { lines: 0, bytes: 0 };

interface Job {
  readonly repository: Repository;
  readonly question: ExportQuestion;
  readonly sides: { from: OpenSide; to: OpenSide };
  readonly signal: AbortSignal;
  readonly report: (message: string, done: number, total: number) => void;
}

/**
 * Writes a comparison in one format, streamed: memory holds the list of files and one piece of text, not the difference. With `out`
 * a file appears complete or not at all; else pieces go to `emit` (base64 on the wire, for a patch may hold any bytes).
 */
export async function diffExport(
  repository: Repository,
  question: ExportQuestion,
  emit: (chunk: Buffer) => unknown,
  how: { signal: AbortSignal; report: Job['report'] },
): Promise<{ bytes: number; files: number; out?: string }> {
  const { signal } = how;
  const [from, to] = await Promise.all([resolveSide(repository, question.from, signal), resolveSide(repository, question.to, signal)]);
  const place = question.out === undefined ? undefined : await checkedPlace(question.out, repository.facts);
  const job: Job = { repository, question, sides: { from, to }, ...how };
  const { files, totals } = await listFiles(job, place);
  const target = place === undefined ? chunkTarget(emit) : await fileTarget(place, repository.facts);
  let bytes = 0;
  const counted: ExportTarget = {
    ...target,
    write: async (piece) => {
      throwIfCancelled(signal);
      bytes += piece.length;
      await target.write(piece);
    },
  };
  try {
    if (question.format === 'patch') await writePatch(job, files, counted);
    else await writeDocument(job, await writerOf(job, files), { files, totals }, counted);
    throwIfCancelled(signal);
    await target.finish();
  } catch (error) {
    await target.abandon();
    throw error;
  }
  return { bytes, files: files.length, ...(question.out === undefined ? {} : { out: question.out }) };
}

async function listFiles(
  { repository, question, sides, signal }: Job,
  place: string | undefined,
): Promise<{ files: ListedFile[]; totals: Totals }> {
  const files: ListedFile[] = [];
  const totals = await listBetween(
    repository,
    sides,
    question,
    (rows) => {
      for (const row of rows) files.push({ key: keyOf(row), row, counted: true });
    },
    { signal },
  );
  // The file that is being replaced is no part of what is compared.
  const own =
    place === undefined ? -1 : files.findIndex(({ row }) => row.status === 'untracked' && `${repository.root}/${row.path}` === place);
  if (own >= 0) {
    const { row } = files[own] as ListedFile;
    totals.files--;
    totals.additions -= row.additions;
    totals.deletions -= row.deletions;
    files.splice(own, 1);
  }
  return { files, totals };
}

function keyOf(row: ChangedFile): string {
  return row.pathBytes === undefined ? latin1(row.path) : Buffer.from(row.pathBytes, 'base64').toString('latin1');
}

async function writerOf(job: Job, files: readonly ListedFile[]): Promise<DocumentWriter> {
  if (job.question.format === 'json') return new JsonWriter();
  if (job.question.format === 'md') return new MarkdownWriter();
  return new HtmlWriter(job.question.layout, await specialsOf(job, files));
}

/** Sizes and images of binary files, and the commits of submodules, before the page is written. */
async function specialsOf({ repository, question, signal }: Job, files: readonly ListedFile[]): Promise<Map<string, FileDiff>> {
  const specials = new Map<string, FileDiff>();
  let images = 0;
  for (const { key, row } of files.filter(({ row: each }) => each.binary || isSubmodule(each)).slice(0, mostSpecials)) {
    const file = row.pathBytes === undefined ? { path: row.path } : { pathBytes: row.pathBytes };
    const oldFile =
      row.oldPath === undefined ? undefined : row.oldPathBytes === undefined ? { path: row.oldPath } : { pathBytes: row.oldPathBytes };
    const diff = await diffFile(repository, { ...question, file, oldFile, limit: 1000 }, signal);
    if (diff.kind === 'image') {
      const size = (diff.old?.length ?? 0) + (diff.new?.length ?? 0);
      const fits = size <= mostImage && images + size <= mostImages;
      if (fits) images += size;
      specials.set(key, fits ? diff : { kind: 'binary', oldSize: diff.oldSize, newSize: diff.newSize });
    } else if (diff.kind === 'binary' || diff.kind === 'submodule') specials.set(key, diff);
  }
  return specials;
}

function isSubmodule({ oldMode, newMode }: ChangedFile): boolean {
  return oldMode === '160000' || newMode === '160000';
}

async function writeDocument(
  job: Job,
  writer: DocumentWriter,
  list: { files: ListedFile[]; totals: Totals },
  target: ExportTarget,
): Promise<void> {
  const { sides, repository, question, signal } = job;
  writer.begin({ from: sides.from.shown, to: sides.to.shown, ...list });
  const walk = new PatchWalk(writer, list.files);
  const flush = async (least: number) => {
    if (writer.waiting >= least) await target.write(asUtf8(writer.take()));
    job.report('Writing', Math.min(walk.reached + 1, list.files.length), list.files.length);
  };
  const args = patchArguments(job, [`-U${question.options.context}`]);
  if (args !== undefined && list.files.some(({ row }) => row.status !== 'untracked')) {
    for await (const chunk of repository.stream(args, { silence, signal })) {
      walk.push(chunk);
      await flush(pieceSize);
    }
  }
  for (const file of list.files) {
    if (file.row.status !== 'untracked' || file.row.binary) continue;
    walk.push(await untrackedPatch(job, file));
    await flush(pieceSize);
  }
  for await (const chunk of stashedPatch(job, [`-U${question.options.context}`])) {
    walk.push(chunk);
    await flush(pieceSize);
  }
  walk.finish();
  writer.end();
  await flush(0);
}

/** Git's own bytes, passed through; then the untracked files, in the same form. */
async function writePatch(job: Job, files: readonly ListedFile[], target: ExportTarget): Promise<void> {
  const shape = [...(job.question.binary ? ['--binary', '--full-index'] : []), `-U${job.question.options.context}`];
  const args = patchArguments(job, shape);
  if (args !== undefined) for await (const chunk of job.repository.stream(args, { silence, signal: job.signal })) await target.write(chunk);
  for (const file of files) if (file.row.status === 'untracked') await target.write(await untrackedPatch(job, file));
  for await (const chunk of stashedPatch(job, shape)) await target.write(chunk);
}

/** Git's patch of the untracked files that a stash keeps. */
async function* stashedPatch({ repository, sides, question, signal }: Job, shape: readonly string[]): AsyncGenerator<Buffer, void> {
  const comparison = await stashedComparison(repository, sides, question.options, signal);
  if (comparison === undefined) return;
  yield* repository.stream(diffArguments(repository, comparison, ['-p', ...shape], question.options, question.paths), { silence, signal });
}

function patchArguments({ repository, sides, question }: Job, shape: readonly string[]): string[] | undefined {
  const comparison = comparisonArguments(sides.from, sides.to);
  if (comparison === undefined) return undefined;
  const kinds = [sides.from.content.kind, sides.to.content.kind];
  // Against the index a conflict would be shown in the combined form, which nothing can apply: compare with "ours" instead.
  const ours = kinds.includes('index') && kinds.includes('worktree') ? ['--ours'] : [];
  return diffArguments(repository, comparison, ['-p', ...shape, ...ours], question.options, question.paths);
}

async function untrackedPatch({ repository, sides, question }: Job, { key, row }: ListedFile): Promise<Buffer> {
  const bytes = await bytesOf(repository, { kind: 'disk', path: key });
  if (bytes === undefined) return Buffer.alloc(0);
  const removed = sides.from.content.kind === 'worktree';
  const mode = removed ? row.oldMode : row.newMode;
  if (!looksBinary(bytes)) return wholeFilePatch(key, mode, bytes, removed, noLimit).patch;
  const header = removed ? patchHeader(key, key, mode, undefined) : patchHeader(key, key, undefined, mode);
  if (!question.binary) {
    const [a, b] = removed ? [quote(`a/${key}`), '/dev/null'] : ['/dev/null', quote(`b/${key}`)];
    return Buffer.from(`${header.join('')}Binary files ${a} and ${b} differ\n`, 'latin1');
  }
  return Buffer.from(header.join('') + binaryLiteral(bytes, removed, repository.facts.objectFormat), 'latin1');
}
