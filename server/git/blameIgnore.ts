import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { hearthHome } from '../home.ts';
import type { IgnoreSetting } from './blameCommand.ts';
import { type BlameConfig, configuredPath, fileSignature } from './blameConfig.ts';
import { withoutConfiguredLists } from './blameIgnoreConfig.ts';
import type { Repository } from './repository.ts';

/** Lists of revisions that blame looks through (`git blame --ignore-revs-file`). */
export interface IgnoredRevisions {
  readonly ignoring: boolean;
  readonly setting: IgnoreSetting;
  readonly warnings: readonly string[];
  /** Equal when the same revisions are ignored. */
  readonly content: string;
}

/** What forges and people agreed to call it. */
const customary = '.git-blame-ignore-revs';
const largest = 5_000_000;

interface List {
  readonly file: string;
  readonly problem: string | undefined;
  readonly revisions: readonly string[];
}

/**
 * The lists that apply: those of the configuration, which git reads by itself, and the customary file at the root when it exists.
 * Git refuses to blame at all when a list is missing or has a line that is no commit id. A person wants the blame: git is then given what
 * can be read, and the mistake is said.
 */
export async function ignoredRevisions(repository: Repository, config: BlameConfig, wanted: boolean): Promise<IgnoredRevisions> {
  const configured = await Promise.all(config.ignoreFiles.map(({ value }) => readList(repository, configuredPath(repository, value))));
  const broken = configured.some(({ problem }) => problem !== undefined);
  const environment = broken
    ? await withoutConfiguredLists(
        repository,
        config.ignoreFiles.map(({ origin }) => origin),
      )
    : {};
  const inConfiguration = configured.flatMap((list) => problemOf(list, `${list.file} (blame.ignoreRevsFile)`));
  // An empty name makes git forget the lists of the configuration.
  if (!wanted) return { ignoring: false, setting: { arguments: ['--ignore-revs-file', ''], environment }, warnings: [], content: '' };
  const file = path.join(repository.root, customary);
  const own = (await fileSignature(file)) === '-' ? [] : [await readList(repository, file)];
  const lists = [...configured, ...own];
  const given: string[] = [];
  for (const list of broken ? lists : own) {
    if (list.revisions.length > 0) given.push('--ignore-revs-file', list.problem === undefined ? list.file : await withoutProblems(list));
  }
  const revisions = new Set(lists.flatMap((list) => list.revisions));
  return {
    ignoring: revisions.size > 0,
    setting: { arguments: given, environment },
    warnings: [...inConfiguration, ...own.flatMap((list) => problemOf(list, customary))],
    content: [...revisions].sort().join(' '),
  };
}

function problemOf({ problem, revisions }: List, name: string): string[] {
  if (problem === undefined) return [];
  return [
    `The list of ignored revisions ${name} ${problem}; ${revisions.length > 0 ? 'the rest of it is honoured' : 'blame works without it'}.`,
  ];
}

const lists = new Map<string, { signature: string; list: List }>();

async function readList(repository: Repository, file: string): Promise<List> {
  const signature = await fileSignature(file);
  const before = lists.get(file);
  if (before?.signature === signature && !signature.startsWith('-')) return before.list;
  const list = parseList(file, await readText(file), repository.facts.objectFormat === 'sha256' ? 64 : 40);
  if (lists.size > 200) lists.clear();
  lists.set(file, { signature, list });
  return list;
}

async function readText(file: string): Promise<string | undefined> {
  const stats = await fs.stat(file).catch(() => undefined);
  if (!stats?.isFile() || stats.size > largest) return undefined;
  return fs.readFile(file, 'utf8').catch(() => undefined);
}

/** Git's own rules: a full id a line, `#` starts a comment. */
function parseList(file: string, text: string | undefined, length: number): List {
  if (text === undefined) return { file, problem: 'cannot be read', revisions: [] };
  const revisions: string[] = [];
  let wrong = 0;
  let first = 0;
  text.split('\n').forEach((line, index) => {
    const id = line.replace(/#.*$/, '').trim();
    if (id === '') return;
    if (id.length === length && /^[0-9a-fA-F]+$/.test(id)) revisions.push(id.toLowerCase());
    else if (wrong++ === 0) first = index + 1;
  });
  const problem =
    wrong === 0 ? undefined : `has a line that is no full commit id (line ${first}${wrong === 1 ? '' : `, and ${wrong - 1} more`})`;
  return { file, problem, revisions };
}

async function withoutProblems(list: List): Promise<string> {
  const text = `${list.revisions.join('\n')}\n`;
  const folder = path.join(hearthHome(), 'cache', 'blame');
  const file = path.join(folder, `ignore-${createHash('sha256').update(text).digest('hex').slice(0, 24)}`);
  if ((await fileSignature(file)) !== '-') return file;
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}`;
  await fs.writeFile(temporary, text, { mode: 0o600 });
  await fs.rename(temporary, file);
  return file;
}
