import type { ComposeEdge } from '../protocol/compose.ts';
import { Failure, throwIfCancelled } from '../rpc/failure.ts';
import { applyExtends, type Base } from './extends.ts';
import type { Lookup } from './interpolate.ts';
import { Merger } from './merge.ts';
import { folderOf, isRemote, ownPath } from './paths.ts';
import { type ComposeProblems, named, wayText } from './problems.ts';
import { readTrees } from './readTree.ts';
import { type Entry, isNull, itemsOf, type MapTree, type Tree, textOf, valueAt } from './tree.ts';
import type { ComposePlace, ComposeSource } from './types.ts';
import { lookupIn, type Variables, variablesOf } from './variables.ts';

export const sizeLimit = 1_000_000;
const mostReads = 300;
const deepest = 20;

/** The files of one project, or of one `include`: later ones override earlier ones. */
interface Project {
  readonly files: readonly string[];
  /** Relative paths in its files start here. */
  readonly folder: string;
  readonly variables: Variables;
  /** The files that led here by `include`. */
  readonly chain: readonly string[];
  /** Who names the files. */
  readonly place: ComposePlace | undefined;
}

const sections = ['services', 'networks', 'volumes', 'configs', 'secrets', 'models'];

/** Puts the files together: reads, includes, extends, overrides. */
export class Assembler {
  readonly files: string[] = [];
  /** Who extends whom. */
  readonly edges: ComposeEdge[] = [];
  readonly problems: ComposeProblems;
  readonly merger: Merger;
  readonly #source: ComposeSource;
  /** Null: refused, and said so. */
  readonly #texts = new Map<string, string | undefined | null>();
  /** Characters that all texts may have together once their variables are filled in. */
  readonly #budget = { left: 10_000_000 };
  #reads = 0;

  constructor(source: ComposeSource, problems: ComposeProblems) {
    this.#source = source;
    this.problems = problems;
    this.merger = new Merger(problems);
  }

  /** Whether `.env` and env files are read. */
  get readsEnvironment(): boolean {
    return (this.#source.fill ?? 'all') === 'all';
  }

  /** All of a project as one map; undefined when nothing of it could be read. */
  async project({ files, folder, variables, chain, place }: Project): Promise<MapTree | undefined> {
    let whole: Tree | undefined;
    for (const file of files) {
      const lookup = this.#source.fill === 'none' ? undefined : lookupIn(variables);
      const text = await this.read(file, place ?? { file, line: 1 }, 'compose');
      if (text === undefined) continue;
      for (const tree of readTrees(text, { file, base: folder, lookup, problems: this.problems, budget: this.#budget })) {
        if (tree.kind !== 'map') {
          if (!isNull(tree)) this.problems.error('value', tree.place, 'A compose file is a map with `services`.');
          continue;
        }
        const included = await this.#include(tree, { variables, chain: [...chain, file] });
        const base = (from: string, at: Tree) => this.#baseFile(from, at, lookup);
        whole = this.merger.merge(
          whole,
          await applyExtends(included, file, { base, merger: this.merger, problems: this.problems, edges: this.edges }),
          [],
        );
      }
    }
    return whole?.kind === 'map' ? whole : undefined;
  }

  /** The text of a file; undefined, with a problem, when it cannot be had. `compose` files are remembered as read. */
  async read(file: string, place: ComposePlace, kind: 'compose' | 'env', required = true): Promise<string | undefined> {
    if (this.#source.signal !== undefined) throwIfCancelled(this.#source.signal);
    if (++this.#reads > mostReads) {
      this.problems.error('too-large', place, `More than ${mostReads} files belong to this.`);
      return undefined;
    }
    if (!this.#texts.has(file)) this.#texts.set(file, await this.#textOf(file, place));
    const text = this.#texts.get(file);
    if (text === undefined && required) this.problems.error('missing-file', place, `There is no file ${named(file)} that can be read.`);
    if (typeof text === 'string' && kind === 'compose' && !this.files.includes(file)) this.files.push(file);
    return text ?? undefined;
  }

  async #textOf(file: string, place: ComposePlace): Promise<string | undefined | null> {
    try {
      const text = await this.#source.read(file, sizeLimit);
      if (text === undefined || text.length <= sizeLimit) return text;
      this.problems.error('too-large', place, `${named(file)} is larger than ${sizeLimit / 1000} kB.`);
    } catch (error) {
      if (!(error instanceof Failure) || error.reason === 'cancelled') throw error;
      this.problems.error(error.reason === 'invalid' ? 'unreadable' : error.reason, place, error.message);
    }
    return null;
  }

  /** Without `include`, with what is included beneath what the file has itself. */
  async #include(tree: MapTree, { variables, chain }: Pick<Project, 'variables' | 'chain'>): Promise<MapTree> {
    const includes = tree.entries.get('include')?.value;
    if (includes === undefined) return tree;
    let beneath: Tree | undefined;
    for (const include of itemsOf(includes)) {
      const project = await this.#includedProject(include, { variables, chain });
      const found = project === undefined ? undefined : await this.project(project);
      if (found === undefined) continue;
      const shared = [...found.entries].filter(([name]) => sections.includes(name));
      beneath = inOrderOf(beneath, this.merger.merge({ ...found, entries: new Map(shared) }, beneath, []));
    }
    const own = new Map<string, Entry>([...tree.entries].filter(([name]) => name !== 'include'));
    const whole = this.merger.merge(beneath, { ...tree, entries: own }, []);
    return whole?.kind === 'map' ? whole : { ...tree, entries: own };
  }

  async #includedProject(include: Tree, { variables, chain }: Pick<Project, 'variables' | 'chain'>): Promise<Project | undefined> {
    const paths = include.kind === 'map' ? itemsOf(valueAt(include, 'path')) : [include];
    const files = paths.flatMap((each) => this.pathAt(each, '`include`') ?? []);
    const [first] = files;
    if (first === undefined || files.length < paths.length) {
      if (paths.length === 0) this.problems.error('value', include.place, '`include` needs the `path` of a file.');
      return undefined;
    }
    if (chain.includes(first)) {
      const way = wayText([...chain.slice(chain.indexOf(first)), first]);
      this.problems.error('cycle', include.place, `These files include each other: ${way}.`);
      return undefined;
    }
    if (chain.length > deepest) {
      this.problems.error('too-large', include.place, 'Files include each other too deeply.');
      return undefined;
    }
    const given = valueAt(include, 'project_directory');
    const own = given === undefined ? folderOf(first) : this.pathAt(given, '`project_directory`');
    if (own === undefined) return undefined;
    const envFiles = itemsOf(valueAt(include, 'env_file')).filter((each) => textOf(each) !== '/dev/null');
    const inherited = await this.#includedVariables(own, envFiles, variables, include.place);
    return { files, folder: own, variables: inherited, chain, place: include.place };
  }

  /** What is known already wins. */
  async #includedVariables(folder: string, envFiles: readonly Tree[], variables: Variables, place: ComposePlace): Promise<Variables> {
    const found = new Map<string, string>();
    const files =
      envFiles.length === 0
        ? [folder === '.' ? '.env' : `${folder}/.env`]
        : envFiles.flatMap((each) => this.pathAt(each, '`env_file`') ?? []);
    for (const file of files) {
      const text = await this.read(file, place, 'env', envFiles.length > 0);
      if (text === undefined) continue;
      const known = (name: string) => variables.get(name) ?? found.get(name);
      for (const [name, value] of variablesOf(text, file, known, this.problems)) found.set(name, value);
    }
    return new Map([...found, ...variables]);
  }

  /** The services of a file that others extend: nothing is included there. */
  async #baseFile(from: string, at: Tree, lookup: Lookup | undefined): Promise<Base | undefined> {
    const text = await this.read(from, at.place, 'compose');
    if (text === undefined) return undefined;
    let whole: Tree | undefined;
    for (const tree of readTrees(text, { file: from, base: folderOf(from), lookup, problems: this.problems, budget: this.#budget })) {
      whole = this.merger.merge(whole, tree, []);
    }
    const services = valueAt(whole, 'services');
    return { file: from, services: services?.kind === 'map' ? services : undefined };
  }

  /** A path that a value names, inside the repository; undefined, with a problem, for any other. */
  pathAt(tree: Tree, what: string): string | undefined {
    const written = textOf(tree);
    if (written === undefined || written === '') {
      this.problems.error('value', tree.place, `${what} must be a path.`);
      return undefined;
    }
    if (isRemote(written)) {
      this.problems.error('outside', tree.place, `${named(written)} is an address: only files of the repository are read.`);
      return undefined;
    }
    const found = ownPath(tree.base, written);
    if (found.kind === 'own') return found.path;
    this.problems.error('outside', tree.place, `The path ${named(written)} ${found.why}: it is not read.`);
    return undefined;
  }
}

/** What was included first stands first, also where something went beneath it. */
function inOrderOf(first: Tree | undefined, merged: Tree | undefined): Tree | undefined {
  if (first?.kind !== 'map' || merged?.kind !== 'map') return merged;
  const sections = [...merged.entries].map(([section, { place, value }]): [string, Entry] => {
    const names = valueAt(first, section);
    if (names?.kind !== 'map' || value.kind !== 'map') return [section, { place, value }];
    const isEarly = ([name]: [string, Entry]) => names.entries.has(name);
    const all = [...value.entries];
    return [section, { place, value: { ...value, entries: new Map([...all.filter(isEarly), ...all.filter((each) => !isEarly(each))]) } }];
  });
  return { ...merged, entries: new Map(sections) };
}
