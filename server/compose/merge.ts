import { type ComposeProblems, named } from './problems.ts';
import { type Entry, isNull, itemsOf, type ListTree, type MapTree, type Tree, textAt } from './tree.ts';

/**
 * How Compose puts a later file (or a service that extends another) over an earlier one: maps key by key, lists one behind the other, other
 * values replaced; and what is particular to some keys. `*` stands for a name.
 */
type Rule =
  /** The later one counts. */
  | 'replace'
  /** One text is a list of one. */
  | 'list'
  /** A list of `NAME=value` is a map. */
  | 'pairs'
  /** A list of names is a map of them. */
  | 'names'
  | 'dependencies'
  | 'hosts'
  | 'build'
  | 'logging';

const rules: Readonly<Record<string, Rule>> = {
  'services.*.extends': 'replace',
  'services.*.command': 'replace',
  'services.*.entrypoint': 'replace',
  'services.*.healthcheck.test': 'replace',
  'services.*.dns': 'list',
  'services.*.dns_opt': 'list',
  'services.*.dns_search': 'list',
  'services.*.env_file': 'list',
  'services.*.label_file': 'list',
  'services.*.tmpfs': 'list',
  'services.*.annotations': 'pairs',
  'services.*.environment': 'pairs',
  'services.*.labels': 'pairs',
  'services.*.sysctls': 'pairs',
  'services.*.build.args': 'pairs',
  'services.*.build.additional_contexts': 'pairs',
  'services.*.build.labels': 'pairs',
  'services.*.deploy.labels': 'pairs',
  'networks.*.labels': 'pairs',
  'volumes.*.labels': 'pairs',
  'configs.*.labels': 'pairs',
  'secrets.*.labels': 'pairs',
  'services.*.networks': 'names',
  'services.*.models': 'names',
  'services.*.depends_on': 'dependencies',
  'services.*.extra_hosts': 'hosts',
  'services.*.build.extra_hosts': 'hosts',
  'services.*.build': 'build',
  'services.*.logging': 'logging',
};

const mostValues = 500_000;

export class Merger {
  readonly #problems: ComposeProblems;
  #values = 0;

  constructor(problems: ComposeProblems) {
    this.#problems = problems;
  }

  /** `later` over `earlier`. `path` is where both stand: `services.web`. What `!reset` takes away stays as such until `withoutResets`. */
  merge(earlier: Tree | undefined, later: Tree | undefined, path: readonly string[]): Tree | undefined {
    if (later === undefined) return earlier;
    if (earlier === undefined || earlier.tag === 'reset' || later.tag !== undefined) return later;
    if (isNull(later)) return earlier;
    if (isNull(earlier)) return later;
    return this.#apply(ruleOf(path), earlier, later, path);
  }

  #apply(rule: Rule | undefined, earlier: Tree, later: Tree, path: readonly string[]): Tree {
    switch (rule) {
      case 'replace':
        return later;
      case 'list':
        return this.#plain(listOf(earlier), listOf(later), path);
      case 'pairs':
        return this.#plain(pairsOf(earlier), pairsOf(later), path);
      case 'names':
        return this.#plain(namesOf(earlier), namesOf(later), path);
      case 'dependencies':
        return this.#plain(dependenciesOf(earlier), dependenciesOf(later), path);
      case 'hosts':
        return this.#plain(hostsOf(earlier), hostsOf(later), path);
      case 'build':
        return this.#plain(buildOf(earlier), buildOf(later), path);
      case 'logging': {
        const [one, other] = [earlier, later].map((tree) => (tree.kind === 'map' ? tree.entries.get('driver')?.value : undefined));
        const isSame =
          one === undefined || other === undefined || (one.kind === 'text' && other.kind === 'text' && one.text === other.text);
        return isSame ? this.#plain(earlier, later, path) : later;
      }
      case undefined:
        return this.#plain(earlier, later, path);
    }
  }

  #plain(earlier: Tree, later: Tree, path: readonly string[]): Tree {
    if (earlier.kind === 'text' && later.kind === 'text') return later;
    if (earlier.kind === 'map' && later.kind === 'map') return this.#maps(earlier, later, path);
    if (earlier.kind === 'list' && later.kind === 'list') {
      const items = [...earlier.items, ...later.items];
      return this.#within(items.length, later) ? { ...later, items } : later;
    }
    // A limit may be one number or two.
    if (path.at(-2) === 'ulimits') return later;
    const { file, line } = earlier.place;
    const what = { text: 'one value', list: 'a list', map: 'a map' };
    this.#problems.error(
      'value',
      later.place,
      `${named(path.at(-1) ?? '')} is ${what[later.kind]} here and ${what[earlier.kind]} in ${named(file)}, line ${line}: they cannot be put together.`,
    );
    return later;
  }

  #maps(earlier: MapTree, later: MapTree, path: readonly string[]): Tree {
    if (!this.#within(earlier.entries.size + later.entries.size, later)) return later;
    const entries = new Map<string, Entry>(earlier.entries);
    for (const [name, { place, value }] of later.entries) {
      const before = earlier.entries.get(name);
      const merged = this.merge(before?.value, value, [...path, name]);
      if (merged === undefined) continue;
      // What is added to stands where it begins, what is replaced where it is replaced.
      const isOlder = before !== undefined && (merged === before.value || (merged.kind === 'map' && merged !== value));
      entries.set(name, { place: isOlder ? before.place : place, value: merged });
    }
    return { ...later, entries };
  }

  #within(count: number, { place }: Tree): boolean {
    this.#values += count;
    if (this.#values <= mostValues) return true;
    this.#problems.error('too-large', place, 'What these files come to together is too much.');
    return false;
  }
}

/** The end of it: without what was taken away. */
export function withoutResets(tree: Tree): Tree {
  if (tree.kind === 'text') return tree;
  if (tree.kind === 'list') {
    const items = tree.items.filter(({ tag }) => tag !== 'reset').map(withoutResets);
    return items.every((item, index) => item === tree.items[index]) && items.length === tree.items.length ? tree : { ...tree, items };
  }
  const entries = [...tree.entries]
    .filter(([, { value }]) => value.tag !== 'reset')
    .map(([name, { place, value }]): [string, Entry] => [name, { place, value: withoutResets(value) }]);
  return { ...tree, entries: new Map(entries) };
}

function ruleOf(path: readonly string[]): Rule | undefined {
  const [section = '', , ...rest] = path;
  return rest.length === 0 ? undefined : rules[[section, '*', ...rest].join('.')];
}

function listOf(tree: Tree): Tree {
  return tree.kind === 'text' ? { ...tree, kind: 'list', items: itemsOf(tree) } : tree;
}

/** A list of `NAME=value` (or of names alone) as a map. */
export function pairsOf(tree: Tree): Tree {
  return tree.kind !== 'list'
    ? tree
    : mapOf(tree, (text) => {
        const at = text.indexOf('=');
        return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
      });
}

/** A list of names as a map with nothing in it. */
export function namesOf(tree: Tree): Tree {
  return tree.kind !== 'list' ? tree : mapOf(tree, (text) => [text, null]);
}

/** The short form waits for the start only, also where an earlier file waits for more. */
export function dependenciesOf(tree: Tree): Tree {
  if (tree.kind !== 'list') return tree;
  const map = namesOf(tree);
  if (map.kind !== 'map') return tree;
  const entries = [...map.entries].map(([name, { place, value }]): [string, Entry] => {
    const condition = { place, value: textAt('service_started', value) };
    return [name, { place, value: { kind: 'map', place, base: value.base, entries: new Map([['condition', condition]]) } }];
  });
  return { ...map, entries: new Map(entries) };
}

/** `host=address` and `host:address`, one or several, as a list of the first. */
export function hostsOf(tree: Tree): Tree {
  if (tree.kind === 'list') {
    const items = tree.items.map((item) =>
      item.kind === 'text' ? { ...item, text: item.text?.replace(/^([^:=]+)[:=]/, '$1=') ?? null } : item,
    );
    return { ...tree, items };
  }
  if (tree.kind !== 'map') return tree;
  const items = [...tree.entries].flatMap(([host, { value }]) =>
    itemsOf(value).flatMap((address) => (address.kind === 'text' ? [{ ...address, text: `${host}=${address.text ?? ''}` }] : [])),
  );
  return { kind: 'list', items, place: tree.place, base: tree.base };
}

/** A folder alone as `context`. */
export function buildOf(tree: Tree): Tree {
  if (tree.kind !== 'text') return tree;
  return { kind: 'map', place: tree.place, base: tree.base, entries: new Map([['context', { place: tree.place, value: tree }]]) };
}

function mapOf(list: ListTree, split: (text: string) => [string, string | null]): Tree {
  const entries = new Map<string, Entry>();
  for (const item of list.items) {
    // What is no text stays for whoever reads the map to say so.
    if (item.kind !== 'text' || item.text === null) return list;
    const [name, text] = split(item.text);
    entries.set(name, { place: item.place, value: { ...item, text } });
  }
  return { kind: 'map', place: list.place, base: list.base, entries };
}
