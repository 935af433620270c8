import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { FileRef } from '../protocol/gitTypes.ts';
import { Failure } from '../rpc/failure.ts';
import { pathspecArguments } from './diffArguments.ts';
import { latin1Path } from './diffPath.ts';
import { readLineHistory } from './historyLines.ts';
import { type HistoryRequest, historySilence, Page } from './historyPage.ts';
import { HistoryParser, type HistoryRow, historyFormat } from './historyParser.ts';
import type { Repository } from './repository.ts';
import { argumentPath, orUnborn } from './resolve.ts';

/** Options of every history; `--full-history` is never among them (minutes on a large repository). */
export const historyArguments: readonly string[] = [
  '-z',
  `--format=${historyFormat}`,
  '--encoding=UTF-8',
  '--no-color',
  '--no-notes',
  '--no-decorate',
];

/**
 * Revisions of a file (across renames, as `git log --follow`), a folder (commits that touched something below it), a range of lines or a
 * function (`git log -L`: slow on long histories, so only ever asked for by a person; killed on cancel). Newest first, streamed.
 * Answers whether older ones exist. Throws `not-found` for a path that never was.
 */
export function readHistory(
  repository: Repository,
  request: HistoryRequest,
  emit: (revisions: HistoryRow[]) => unknown,
  signal: AbortSignal,
): Promise<{ more: boolean }> {
  return orUnborn(repository, request.revision, () => streamHistory(repository, request, emit, signal), { more: false });
}

async function streamHistory(
  repository: Repository,
  request: HistoryRequest,
  emit: (revisions: HistoryRow[]) => unknown,
  signal: AbortSignal,
): Promise<{ more: boolean }> {
  if (request.lines !== undefined || request.function !== undefined) return readLineHistory(repository, request, emit, signal);
  const page = new Page(request, emit);
  const asked = latin1Path(request.file);
  const parser = new HistoryParser(asked);
  for await (const chunk of repository.stream(await pathHistoryArguments(repository, request, signal), {
    signal,
    silence: historySilence,
  })) {
    if (page.take(parser.push(chunk))) return { more: true };
    await page.taken;
  }
  if (page.take(parser.end())) return { more: true };
  page.end();
  if (page.seen === 0 && request.skip === 0 && asked !== '' && !(await onDisk(repository, asked))) {
    throw new Failure('not-found', `${Buffer.from(asked, 'latin1').toString('utf8')} is neither in this history nor in the folder.`, {
      hint: 'Check the path: it is relative to the top of the repository.',
    });
  }
  return { more: false };
}

async function pathHistoryArguments(repository: Repository, request: HistoryRequest, signal: AbortSignal): Promise<string[]> {
  const revision = request.revision ?? 'HEAD';
  if (await isFolder(repository, revision, request.file, signal)) {
    const { before, pathspecs } = pathspecArguments([request.file]);
    return [...before, 'log', ...historyArguments, '--no-follow', '--end-of-options', revision, '--', ...pathspecs];
  }
  const follow = ['--follow', '--name-status', '-M', '-l1000', '--no-ext-diff', '--no-textconv'];
  return ['log', ...historyArguments, ...follow, '--end-of-options', revision, '--', argumentPath(request.file)];
}

async function isFolder(repository: Repository, revision: string, file: FileRef, signal: AbortSignal): Promise<boolean> {
  const asked = latin1Path(file);
  if (asked === '') return true;
  const commit = await repository.objects.info(`${revision}^{commit}`, signal);
  const found = commit === undefined ? undefined : await repository.objects.info(Buffer.from(`${commit.id}:${asked}`, 'latin1'), signal);
  if (found !== undefined) return found.type === 'tree';
  const stats = await fs.lstat(diskPath(repository, asked)).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

async function onDisk(repository: Repository, asked: string): Promise<boolean> {
  return (await fs.lstat(diskPath(repository, asked)).catch(() => undefined)) !== undefined;
}

function diskPath(repository: Repository, latin1: string): Buffer {
  return Buffer.concat([Buffer.from(`${repository.root}${path.sep}`), Buffer.from(latin1, 'latin1')]);
}
