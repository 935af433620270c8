import path from 'node:path';
import { type HearthConfig, hearthOfWorktree } from '../../config/index.ts';
import type { Repository } from '../../git/index.ts';
import type { DoctorFinding } from '../../protocol/environment.ts';
import { Failure, throwIfCancelled } from '../../rpc/failure.ts';
import { readBaseline } from '../baseline.ts';
import { readDotenv } from '../dotenvText.ts';
import { exampleFrom } from './example.ts';
import { exampleFindings } from './exampleFindings.ts';
import { type EnvFile, fileFindings, type Surroundings, textFindings } from './fileFindings.ts';
import { besideOf, exampleOf, isEnvFile, isExample, isOverlay, shown } from './fileNames.ts';
import { type FileText, findEnvFiles, mostFiles, readEnvFile } from './findFiles.ts';
import { type ConfigNames, configNames, type LineOf, noNames } from './required.ts';
import type { Usage } from './usage.ts';
import { type Expected, typeOfName } from './valueType.ts';

interface Wanted {
  /** Relative to the repository; all when absent. */
  readonly files: readonly string[] | undefined;
  /** Texts of an editor, by path. */
  readonly texts: Readonly<Record<string, string>>;
  readonly usage: Usage;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

interface Examined {
  readonly findings: DoctorFinding[];
  readonly files: string[];
  readonly examples: string[];
  /** Lines of `hearth.yaml` in the work tree. */
  readonly lineOf: LineOf;
  /** What the example at the top says of a name, else the name itself. */
  readonly expected: (name: string) => Expected | undefined;
}

/**
 * Looks at the `.env` files of a work tree; reads only. Throws `not-found` for a file that is named and not there, `invalid` for one that is no
 * file of variables by its name.
 */
export async function examineFiles(repository: Repository, wanted: Wanted): Promise<Examined> {
  const { files: named, texts, signal } = wanted;
  for (const file of named ?? []) if (!isEnvFile(file, true)) throw noEnvFile(file);
  const found = await findEnvFiles(repository, named, signal);
  const all = [...new Set([...found.files, ...(named ?? [])])].sort();
  const asked = named === undefined ? all : all.filter((file) => named.includes(file));
  const read = new Map<string, FileText>();
  for (const file of [...new Set(asked.flatMap((each) => relatedTo(each, all)))]) {
    throwIfCancelled(signal);
    read.set(file, await readEnvFile(repository.root, file, texts));
  }
  for (const file of named ?? []) if (read.get(file)?.kind === 'absent') throw notThere(file);
  const parsed = new Map(
    [...read].flatMap(([file, text]) => (text.kind === 'text' ? [[file, { file, text: readDotenv(text.text) }] as const] : [])),
  );
  const { names, lineOf } = await configOf(repository, texts, signal);
  const world: World = { all, parsed, names };
  const usable = asked.flatMap((file) => parsed.get(file) ?? []);
  const plain = usable.filter(({ file }) => !isExample(file));
  const unused = await wanted.usage.unused(
    repository,
    plain.flatMap((each) => optionalNames(each, world)),
    wanted,
  );
  const findings = [
    ...(found.more && named === undefined ? [tooMany] : []),
    ...asked.flatMap((file) => unreadable(file, read.get(file))),
    ...usable.flatMap(textFindings),
    ...plain.flatMap((each) => fileFindings(each, { ...aroundOf(each, world), unused })),
    ...asked.filter(isExample).flatMap((file) => withoutFile(file, all)),
  ];
  const examples = usable.filter(({ file }) => isExample(file));
  const allowed = examples.length === 0 ? new Set<string>() : await readBaseline(repository.root).catch(() => new Set<string>());
  for (const each of examples) {
    const text = read.get(each.file);
    if (text?.kind === 'text') findings.push(...(await exampleFindings(each, text.text, allowed)));
  }
  const top = parsed.get('.env.example') ?? examples.find(({ file }) => !file.includes('/'));
  const asks = top === undefined ? undefined : exampleFrom(top.file, top.text).asked;
  const held = plain.flatMap(({ file }) => exampleOf(file, all.filter(isExample)) ?? []);
  return {
    findings: inOrder(findings),
    files: plain.map(({ file }) => file),
    examples: [...new Set([...examples.map(({ file }) => file), ...held])].sort(),
    lineOf,
    expected: (name) => (asks?.has(name) === true ? asks.get(name)?.expected : typeOfName(name)),
  };
}

/** Everything that was read. */
interface World {
  readonly all: readonly string[];
  readonly parsed: ReadonlyMap<string, EnvFile>;
  readonly names: ConfigNames;
}

function relatedTo(file: string, all: readonly string[]): string[] {
  const example = exampleOf(file, all.filter(isExample));
  return [file, ...besideOf(file, all), ...(example === undefined ? [] : [example])];
}

function aroundOf({ file }: EnvFile, { all, parsed, names }: World): Omit<Surroundings, 'unused'> {
  const example = parsed.get(exampleOf(file, all.filter(isExample)) ?? '');
  return {
    example: example === undefined ? undefined : { ...example, example: exampleFrom(example.file, example.text) },
    beside: besideOf(file, all).flatMap((each) => parsed.get(each) ?? []),
    overlay: isOverlay(file, all),
    config: file.includes('/') ? noNames : names,
  };
}

/** Names that nobody asks for by an example or `hearth.yaml`. */
function optionalNames(each: EnvFile, world: World): string[] {
  const { example, config } = aroundOf(each, world);
  return each.text.entries
    .map(({ name }) => name)
    .filter((name) => example?.example.asked.has(name) !== true && !config.required.has(name));
}

/** What `hearth.yaml` of the work tree (or of the editor) asks for; nothing while it has a mistake. */
async function configOf(
  repository: Repository,
  texts: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ names: ConfigNames; lineOf: LineOf }> {
  const unsaved = Object.hasOwn(texts, 'hearth.yaml') ? texts['hearth.yaml'] : undefined;
  const found = await hearthOfWorktree(repository, unsaved, signal).catch((error: unknown) => {
    if (error instanceof Failure && error.reason === 'invalid') return undefined;
    throw error;
  });
  if (found === undefined) return { names: noNames, lineOf: () => undefined };
  const { YamlText } = await import('../../config/yamlText.ts');
  const yaml = new YamlText(found.text);
  const lineOf: LineOf = (at) => (yaml.has(at) ? yaml.keyPlace(at).line : undefined);
  const config: HearthConfig | undefined = found.config;
  return { names: config === undefined ? noNames : configNames(config, lineOf), lineOf };
}

function unreadable(file: string, text: FileText | undefined): DoctorFinding[] {
  if (text?.kind !== 'unreadable') return [];
  return [{ kind: 'syntax', severity: 'error', file, line: 1, name: '', message: text.why, because: null, fixes: [] }];
}

/** An example that nobody follows yet: on a machine that only deploys this is as it should be. */
function withoutFile(example: string, all: readonly string[]): DoctorFinding[] {
  if (all.some((file) => !isExample(file) && exampleOf(file, [example]) === example)) return [];
  const name = path.posix.basename(example).replace(/[._-][a-z]+$/i, '');
  const message = `There is no ${shown(name)} beside it yet.`;
  return [{ kind: 'missing', severity: 'information', file: example, line: 1, name: '', message, because: null, fixes: [] }];
}

const tooMany: DoctorFinding = {
  ...{ kind: 'syntax', severity: 'warning', file: null, line: 1, name: '', because: null, fixes: [] },
  message: `There are more than ${mostFiles} files of variables, or too many folders: not all are looked at. Name the ones you mean.`,
};

function inOrder(findings: readonly DoctorFinding[]): DoctorFinding[] {
  const by = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...findings].sort((a, b) => by(a.file ?? '', b.file ?? '') || a.line - b.line);
}

function noEnvFile(file: string): Failure {
  return new Failure('invalid', `${shown(JSON.stringify(file))} is no file of variables by its name.`, {
    hint: 'The doctor looks at files such as `.env`, `.env.production` and `web.env`.',
  });
}

function notThere(file: string): Failure {
  return new Failure('not-found', `There is no file ${shown(JSON.stringify(file))}.`, { hint: 'Paths are relative to the repository.' });
}
