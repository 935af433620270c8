import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { asFailure } from '../rpc/failure.ts';
import { pathProblem, placeOf } from './ownFile.ts';
import type { WorkConfig } from './workConfig.ts';

interface Found {
  readonly line: number;
  readonly problem: string;
}

/** Reads the YAML of `.hearth/work.yaml`. A value with a problem has its default. */
export async function parseWorkConfig(
  bytes: Uint8Array,
  root: string,
  defaults: WorkConfig,
): Promise<{ config: WorkConfig; problems: Found[] }> {
  const reader = new Reader(bytes);
  const top = reader.map(reader.top, 'the file', ['changelog', 'branch', 'protected', 'complete']);
  const changelog = reader.map(top.get('changelog'), 'changelog', ['file', 'folder', 'required']);
  const branch = reader.map(top.get('branch'), 'branch', ['template', 'base']);
  const complete = reader.map(top.get('complete'), 'complete', ['notes', 'checklist']);
  const place = (name: string, fallback: string) =>
    placeIn(reader, root, { node: changelog.get(name), name: `changelog.${name}`, fallback });
  const file = await place('file', defaults.changelog.file);
  const folder = await place('folder', defaults.changelog.folder);
  const base = reader.text(branch.get('base'), 'branch.base', branchProblem);
  const nested = file === folder || file.startsWith(`${folder}/`);
  if (nested) reader.found(changelog.get('file') ?? changelog.get('folder'), 'changelog.file must not be inside changelog.folder');
  const { required } = defaults.changelog;
  const config: WorkConfig = {
    changelog: {
      ...(nested ? defaults.changelog : { file, folder }),
      required: reader.choice(changelog.get('required'), 'changelog.required', ['commit', 'merge', 'off']) ?? required,
    },
    branch: {
      template: reader.text(branch.get('template'), 'branch.template', templateProblem) ?? defaults.branch.template,
      ...(base === undefined ? {} : { base }),
    },
    protected: reader.list(top.get('protected'), 'protected', patternProblem),
    complete: {
      notes: reader.flag(complete.get('notes'), 'complete.notes') ?? defaults.complete.notes,
      checklist: reader.flag(complete.get('checklist'), 'complete.checklist') ?? defaults.complete.checklist,
    },
  };
  return { config, problems: reader.problems };
}

async function placeIn(
  reader: Reader,
  root: string,
  { node, name, fallback }: { node: Node | undefined; name: string; fallback: string },
): Promise<string> {
  const given = reader.text(node, name, pathProblem);
  if (given === undefined) return fallback;
  try {
    await placeOf(root, given);
    return given;
  } catch (error) {
    reader.found(node, `${name}: ${asFailure(error).message.replace(/\.$/, '')}`);
    return fallback;
  }
}

function branchProblem(text: string): string | undefined {
  return /^[^-\0-\x20\x7f][^\0-\x20\x7f~^:?*[\\]{0,243}$/.test(text) ? undefined : 'must be the name of a branch';
}

function templateProblem(text: string): string | undefined {
  if (text.length > 200) return 'must have at most 200 characters';
  const unknown = [...text.matchAll(/\{([^{}]*)\}/g)]
    .map(([, name]) => name)
    .find((name) => !/^(type|prefix|id|slug|user)$/.test(name ?? ''));
  if (unknown !== undefined) return `must not contain {${unknown.slice(0, 40)}}: {type}, {prefix}, {id}, {slug} and {user} are known`;
  if (!text.includes('{id}') && !text.includes('{slug}')) return 'must contain {id} or {slug}';
  return branchProblem(text.replace(/\{\w+\}/g, 'x')) === undefined ? undefined : 'must give the name of a branch';
}

function patternProblem(text: string): string | undefined {
  if (text.trim() === '' || text.length > 200) return 'must have 1 to 200 characters';
  // A dozen stars in one pattern take a matcher of regular expressions for ever.
  return (text.match(/\*+/g) ?? []).length > 6 ? 'must not contain more than six wildcards' : undefined;
}

/** Values of a YAML document with the lines of what is wrong. */
class Reader {
  readonly problems: Found[] = [];
  readonly top: Node | undefined;
  readonly #lines = new LineCounter();
  readonly #resolve: (node: Node) => Node | undefined;

  constructor(bytes: Uint8Array) {
    let text = '';
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      this.problems.push({ line: 1, problem: 'the file is not UTF-8' });
    }
    const document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: true, prettyErrors: false });
    for (const { message, pos } of document.errors) {
      this.problems.push({ line: this.#lines.linePos(pos[0]).line, problem: message.split('\n')[0] ?? 'not YAML' });
    }
    this.#resolve = (node) => (isAlias(node) ? node.resolve(document) : node);
    this.top = document.errors.length > 0 || document.contents === null ? undefined : document.contents;
  }

  found(node: Node | undefined, problem: string): undefined {
    this.problems.push({ line: node?.range ? this.#lines.linePos(node.range[0]).line : 1, problem });
    return undefined;
  }

  map(given: Node | undefined, name: string, known: readonly string[]): Map<string, Node> {
    const values = new Map<string, Node>();
    const node = this.#value(given);
    if (node === undefined) return values;
    if (!isMap(node)) {
      this.found(node, `${name} must have keys: ${known.join(', ')}`);
      return values;
    }
    for (const { key, value } of node.items) {
      const label = isScalar(key) ? String(key.value) : '?';
      if (!known.includes(label)) this.found(key as Node, `there is no key "${label.slice(0, 60)}" here; known are ${known.join(', ')}`);
      else if (value !== null) values.set(label, value as Node);
    }
    return values;
  }

  text(given: Node | undefined, name: string, problemOf: (text: string) => string | undefined): string | undefined {
    const node = this.#value(given);
    if (node === undefined) return undefined;
    if (!isScalar(node) || typeof node.value !== 'string') return this.found(node, `${name} must be text`);
    const problem = problemOf(node.value);
    return problem === undefined ? node.value : this.found(node, `${name} ${problem}`);
  }

  choice<T extends string>(given: Node | undefined, name: string, choices: readonly T[]): T | undefined {
    const node = this.#value(given);
    if (node === undefined) return undefined;
    // `off` is text in YAML 1.2; who thinks of 1.1 writes `false`.
    const value = isScalar(node) ? (node.value === false ? 'off' : node.value) : undefined;
    return choices.find((choice) => choice === value) ?? this.found(node, `${name} must be one of ${choices.join(', ')}`);
  }

  flag(given: Node | undefined, name: string): boolean | undefined {
    const node = this.#value(given);
    if (node === undefined) return undefined;
    if (isScalar(node) && typeof node.value === 'boolean') return node.value;
    return this.found(node, `${name} must be true or false`);
  }

  list(given: Node | undefined, name: string, problemOf: (text: string) => string | undefined): string[] {
    const node = this.#value(given);
    if (node === undefined) return [];
    if (!isSeq(node) || node.items.length > 100) {
      this.found(node, `${name} must be a list of at most 100 patterns`);
      return [];
    }
    return node.items.flatMap((each) => this.text(each as Node, name, problemOf) ?? []);
  }

  /** What an alias stands for; nothing for an empty value. */
  #value(given: Node | undefined): Node | undefined {
    const node = given === undefined ? undefined : this.#resolve(given);
    return node === undefined || (isScalar(node) && node.value === null) ? undefined : node;
  }
}
