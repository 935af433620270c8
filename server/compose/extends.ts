import type { ComposeEdge } from '../protocol/compose.ts';
import type { Merger } from './merge.ts';
import { isRemote, ownPath } from './paths.ts';
import { type ComposeProblems, named, wayText } from './problems.ts';
import { type Entry, type MapTree, type Tree, textOf, valueAt } from './tree.ts';

/** The services of one file, as they stand there. */
export interface Base {
  readonly file: string;
  readonly services: MapTree | undefined;
}

interface Means {
  /** Reads another file; undefined, with a problem, when it cannot be read. */
  readonly base: (file: string, at: Tree) => Promise<Base | undefined>;
  readonly merger: Merger;
  readonly problems: ComposeProblems;
  /** Gets who extends whom. */
  readonly edges: ComposeEdge[];
}

const deepest = 50;
const mostServices = 1000;

/** The file with each service over the one that it extends. */
export async function applyExtends(tree: MapTree, file: string, means: Means): Promise<MapTree> {
  const services = valueAt(tree, 'services');
  if (services?.kind !== 'map') return tree;
  const run = new Extending(means);
  const entries = new Map<string, Entry>();
  for (const [name, { place }] of services.entries) {
    if (entries.size === mostServices) {
      means.problems.error('too-large', place, `More than ${mostServices} services are too many: the others are left out.`);
      break;
    }
    const value = await run.resolve(name, { file, services }, []);
    if (value !== undefined) entries.set(name, { place, value: withoutExtends(value) });
  }
  const whole = tree.entries.get('services');
  return {
    ...tree,
    entries: new Map([...tree.entries, ['services', { place: whole?.place ?? tree.place, value: { ...services, entries } }]]),
  };
}

class Extending {
  readonly #means: Means;
  readonly #done = new Map<string, Tree | undefined>();
  readonly #files = new Map<string, Base | undefined>();

  constructor(means: Means) {
    this.#means = means;
  }

  /** A service with all that it extends; `way` are the services that led here. */
  async resolve(name: string, base: Base, way: readonly string[]): Promise<Tree | undefined> {
    const own = valueAt(base.services, name);
    const wanted = valueAt(own, 'extends');
    if (own === undefined || wanted === undefined) return own;
    const id = `${base.file}\0${name}`;
    if (this.#done.has(id)) return this.#done.get(id);
    const { problems, merger } = this.#means;
    if (way.includes(id)) {
      const names = [...way.slice(way.indexOf(id)), id].map((each) => each.split('\0')[1] ?? '');
      problems.error('cycle', wanted.place, `These services extend each other: ${wayText(names)}.`);
      return own;
    }
    if (way.length > deepest) {
      problems.error('too-large', wanted.place, 'Services extend each other too deeply.');
      return own;
    }
    const beneath = await this.#beneath(name, wanted, base, [...way, id]);
    const whole = beneath === undefined ? own : merger.merge(withoutExtends(beneath), own, ['services', name]);
    this.#done.set(id, whole);
    return whole;
  }

  async #beneath(name: string, wanted: Tree, base: Base, way: readonly string[]): Promise<Tree | undefined> {
    const { problems } = this.#means;
    const service = textOf(wanted.kind === 'map' ? valueAt(wanted, 'service') : wanted);
    if (service === undefined) {
      problems.error('value', wanted.place, '`extends` needs the name of a `service`.');
      return undefined;
    }
    const file = valueAt(wanted, 'file');
    const other = file === undefined ? base : await this.#other(file);
    if (other === undefined) return undefined;
    if (valueAt(other.services, service) === undefined) {
      const where = other === base ? '' : ` in ${named(other.file)}`;
      problems.error('reference', wanted.place, `There is no service ${named(service)}${where} for ${named(name)} to extend.`);
      return undefined;
    }
    if (way.length === 1) this.#means.edges.push({ from: name, to: service, kind: 'extends', ...wanted.place });
    return this.resolve(service, other, way);
  }

  async #other(file: Tree): Promise<Base | undefined> {
    const { problems, base } = this.#means;
    const written = textOf(file) ?? '';
    const found = isRemote(written) ? { kind: 'outside' as const, why: 'is an address' } : ownPath(file.base, written);
    if (found.kind === 'outside') {
      problems.error('outside', file.place, `The path ${named(written)} ${found.why}: it is not read.`);
      return undefined;
    }
    if (!this.#files.has(found.path)) this.#files.set(found.path, await base(found.path, file));
    return this.#files.get(found.path);
  }
}

function withoutExtends(tree: Tree): Tree {
  return tree.kind === 'map' ? { ...tree, entries: new Map([...tree.entries].filter(([name]) => name !== 'extends')) } : tree;
}
