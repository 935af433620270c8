import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Repository } from './repository.ts';

/** What the configuration says that changes a blame. */
export interface BlameConfig {
  /** `key\nvalue` of everything that could change a committed blame. */
  readonly relevant: readonly string[];
  /** `blame.ignoreRevsFile` as written, and the configuration file that says so; an empty one forgets those before it. */
  readonly ignoreFiles: readonly { readonly value: string; readonly origin: string }[];
  /** `mailmap.file`, as written. */
  readonly mailmaps: readonly string[];
}

const relevantKey =
  /^(blame|diff|mailmap|i18n)\.|^core\.(usereplacerefs|attributesfile|autocrlf|eol|safecrlf|checkroundtripencoding)$|^filter\./s;

interface Known {
  readonly files: readonly string[];
  readonly signature: string;
  readonly config: BlameConfig;
}

const known = new WeakMap<Repository, Promise<Known>>();

/** The configuration, read again only when one of its files changed: in a running server this costs a few `stat`. */
export async function blameConfig(repository: Repository, signal?: AbortSignal): Promise<BlameConfig> {
  const before = await known.get(repository)?.catch(() => undefined);
  if (before !== undefined && (await signatureOf(before.files)) === before.signature) return before.config;
  const reading = read(repository, signal);
  known.set(repository, reading);
  reading.catch(() => {
    if (known.get(repository) === reading) known.delete(repository);
  });
  return (await reading).config;
}

async function read(repository: Repository, signal?: AbortSignal): Promise<Known> {
  const text = await repository.text(['config', '--list', '-z', '--show-origin'], signal === undefined ? {} : { signal });
  const tokens = text.split('\0');
  const files = new Set(standardFiles(repository));
  const relevant: string[] = [];
  const ignoreFiles: { value: string; origin: string }[] = [];
  const mailmaps: string[] = [];
  for (let index = 0; index + 1 < tokens.length; index += 2) {
    const origin = tokens[index] ?? '';
    const entry = tokens[index + 1] ?? '';
    const file = origin.startsWith('file:') ? path.resolve(repository.root, origin.slice('file:'.length)) : '';
    if (file !== '') files.add(file);
    const at = entry.indexOf('\n');
    const key = at < 0 ? entry : entry.slice(0, at);
    const value = at < 0 ? '' : entry.slice(at + 1);
    if (key === 'blame.ignorerevsfile') {
      if (value === '') ignoreFiles.length = 0;
      else ignoreFiles.push({ value, origin: file });
    } else if (key === 'mailmap.file') mailmaps.push(value);
    if (relevantKey.test(key)) relevant.push(entry);
  }
  const list = [...files];
  return { files: list, signature: await signatureOf(list), config: { relevant, ignoreFiles, mailmaps } };
}

function standardFiles({ facts }: Repository): string[] {
  const home = os.homedir();
  return [
    path.join(facts.commonDir, 'config'),
    path.join(facts.gitDir, 'config.worktree'),
    process.env['GIT_CONFIG_GLOBAL'] ?? path.join(home, '.gitconfig'),
    path.join(process.env['XDG_CONFIG_HOME'] ?? path.join(home, '.config'), 'git', 'config'),
    process.env['GIT_CONFIG_SYSTEM'] ?? '/etc/gitconfig',
  ];
}

/** Tells whether one of these files changed; a missing file is a state too. */
export async function signatureOf(files: readonly string[]): Promise<string> {
  return (await Promise.all(files.map(fileSignature))).join('\n');
}

export async function fileSignature(file: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await fs.lstat(file);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch {
    return '-';
  }
}

/** As git reads a path in its configuration; relative ones start at the top of the work tree, where we run git. */
export function configuredPath(repository: Repository, value: string): string {
  if (value === '~' || value.startsWith('~/')) return path.join(os.homedir(), value.slice(2));
  return path.resolve(repository.root, value);
}
