import { promises as fs } from 'node:fs';
import path from 'node:path';
import { type Repository, resolveCommit } from '../git/index.ts';
import { defaultName } from '../project/projectName.ts';
import type { ServiceFacts } from '../protocol/catalog.ts';
import type { Problem } from '../protocol/config.ts';
import { Failure, throwIfCancelled } from '../rpc/failure.ts';
import { isWebAddress } from './address.ts';
import { hearthPath } from './hearthPath.ts';
import type { HearthConfig } from './hearthTypes.ts';
import { readOwnFile } from './ownFile.ts';
import type { Problems } from './problems.ts';
import type { KeyPath } from './yamlText.ts';

const sizeLimit = 1_000_000;

export interface HearthText {
  readonly text: string;
  /** Absent when the file has an error; a `missing-file` problem may stand beside it. */
  readonly config?: HearthConfig;
  readonly problems: Problem[];
}

/**
 * `hearth.yaml` as a commit has it, checked against the files of the commit: what is deployed. `commit` is a full id or a revision. Throws
 * `not-found` when the commit has no such file.
 */
export async function hearthOfCommit(repository: Repository, commit: string, signal?: AbortSignal): Promise<HearthText> {
  const text = await textOfCommit(repository, commit, signal);
  if (text === undefined) throw noFile(`Commit ${commit.slice(0, 12)} has no hearth.yaml.`);
  return checked(repository, text, (file) => existsInCommit(repository, commit, file, signal), signal);
}

/** The same of the work tree, saved or (with `unsaved`) as it is in an editor. Undefined when there is none. */
export async function hearthOfWorktree(
  repository: Repository,
  unsaved: string | undefined,
  signal?: AbortSignal,
): Promise<HearthText | undefined> {
  const text = unsaved ?? (await textOfWorktree(repository.root));
  if (text === undefined) return undefined;
  return checked(repository, text, (file) => existsInWorktree(repository.root, file), signal);
}

/** The text in a commit; undefined when there is none. */
export async function textOfCommit(repository: Repository, commit: string, signal?: AbortSignal): Promise<string | undefined> {
  const { commit: id } = await resolveCommit(repository, commit, signal);
  const object = await repository.objects.read(`${id}:${hearthPath}`, signal);
  if (object?.type !== 'blob') return undefined;
  if (object.data.length > sizeLimit || object.data.includes(0))
    throw new Failure('invalid', `hearth.yaml of ${id.slice(0, 12)} is not text.`);
  return object.data.toString('utf8');
}

export async function textOfWorktree(root: string): Promise<string | undefined> {
  const bytes = await readOwnFile(root, hearthPath, sizeLimit);
  return bytes?.toString('utf8');
}

export function noFile(message: string): Failure {
  return new Failure('not-found', message, { hint: '`hearth config create` makes one; commit it.' });
}

/** What the project is called where nobody says. */
export function projectNameOf(repository: Repository): string {
  return defaultName(repository.facts.commonDir);
}

async function checked(
  repository: Repository,
  text: string,
  exists: (file: string) => Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<HearthText> {
  const { parseHearth } = await import('./hearthParser.ts');
  const { Problems, inOrder } = await import('./problems.ts');
  const { config, problems, yaml } = parseHearth(text, projectNameOf(repository));
  if (config === undefined) return { text, problems: [...problems] };
  const missing = new Problems(yaml);
  for (const service of Object.values(config.services)) {
    if (signal !== undefined) throwIfCancelled(signal);
    await addMissingFiles(missing, service, exists);
  }
  for (const [name, { facts }] of Object.entries(config.catalog)) {
    if (signal !== undefined) throwIfCancelled(signal);
    await addMissingDocuments(missing, [Object.hasOwn(config.services, name) ? 'services' : 'catalog', name], facts, exists);
  }
  return { text, config, problems: inOrder([...problems, ...missing.list]) };
}

async function addMissingFiles(
  problems: Problems,
  { name, source }: HearthConfig['services'][string],
  exists: (file: string) => Promise<boolean>,
): Promise<void> {
  if (source.kind !== 'build') return;
  const { context, dockerfile, contexts } = source.build;
  const file = context === '.' ? dockerfile : `${context}/${dockerfile}`;
  const at = ['services', name, 'build'];
  if (!(await exists(file))) {
    const key = problems.yaml.has([...at, 'dockerfile']) ? 'dockerfile' : 'context';
    problems.add([...at, key], { code: 'missing-file', message: `There is no \`${file}\` to build \`${name}\` from.` });
  }
  for (const [label, folder] of Object.entries(contexts)) {
    if (folder !== '.' && !(await exists(folder))) {
      problems.add([...at, 'contexts', label], { code: 'missing-file', message: `There is no folder \`${folder}\`.` });
    }
  }
}

/** What people are led to: that it is not there is no reason not to deploy. */
async function addMissingDocuments(
  problems: Problems,
  path: KeyPath,
  { links = [], runbook }: ServiceFacts,
  exists: (file: string) => Promise<boolean>,
): Promise<void> {
  const addresses: [string | undefined, KeyPath][] = [
    ...links.map(({ url }, index): [string, KeyPath] => [url, [...path, 'links', index, 'url']]),
    [runbook, [...path, 'runbook']],
  ];
  for (const [address = '', at] of addresses) {
    const file = address.split('#')[0] ?? '';
    if (file === '' || isWebAddress(file) || (await exists(file))) continue;
    problems.add(at, { code: 'missing-file', severity: 'warning', message: `There is no \`${file}\`.` });
  }
}

async function existsInCommit(repository: Repository, commit: string, file: string, signal: AbortSignal | undefined): Promise<boolean> {
  return (await repository.objects.info(`${commit}:${file}`, signal)) !== undefined;
}

async function existsInWorktree(root: string, file: string): Promise<boolean> {
  return (await fs.stat(path.join(root, file)).catch(() => undefined)) !== undefined;
}
