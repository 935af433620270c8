import { Failure } from '../rpc/failure.ts';
import { Assembler, sizeLimit } from './assemble.ts';
import { checkModel } from './check.ts';
import { checkCycles, edgesOf } from './edges.ts';
import { withoutResets } from './merge.ts';
import { checkName, fileObjectsOf, networksOf, volumesOf } from './objects.ts';
import { folderOf, isRemote, ownPath } from './paths.ts';
import { ComposeProblems, named } from './problems.ts';
import { type ServiceMeans, serviceOf } from './service.ts';
import { type MapTree, textOf, valueAt } from './tree.ts';
import type { ComposeModel, ComposeService, ComposeSource, Loaded } from './types.ts';
import { type Variables, variablesOf } from './variables.ts';

const names = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrides = ['compose.override.yml', 'compose.override.yaml', 'docker-compose.override.yml', 'docker-compose.override.yaml'];

/**
 * Reads a compose application: starts nothing, connects nowhere, leaves the repository never. Mistakes are problems with their place; rejects
 * only with `cancelled`, with `not-found` where no files are named and none is there, and with what `read` throws that is no `Failure`.
 */
export async function loadCompose(source: ComposeSource): Promise<Loaded> {
  const problems = new ComposeProblems();
  const assembler = new Assembler(source, problems);
  const files = source.files === undefined ? await filesByName(source) : ownFiles(source.files, problems);
  const folder = folderOf(files[0] ?? '.');
  const variables = await variablesFor(source, folder, assembler);
  const whole = await assembler.project({ files, folder, variables, chain: [], place: undefined });
  const means: ServiceMeans = {
    problems,
    valueOfVariable: (name) => variables.get(name),
    profiles: source.profiles ?? [],
    envFile: async (tree, { required, raw }) => {
      const path = assembler.pathAt(tree, '`env_file`');
      const isRead = path !== undefined && assembler.readsEnvironment;
      const text = isRead ? await assembler.read(path, tree.place, 'env', required) : undefined;
      if (path === undefined) return undefined;
      if (!assembler.readsEnvironment) return { path, values: new Map() };
      if (text === undefined) return undefined;
      const lookup = (name: string) => variables.get(name);
      return { path, values: raw ? rawVariables(text) : variablesOf(text, path, lookup, problems) };
    },
  };
  const cleaned = whole === undefined ? undefined : withoutResets(whole);
  const model = cleaned?.kind === 'map' ? await modelOf(cleaned, means) : nothing;
  const edges = edgesOf(model);
  checkModel(model, edges, problems);
  checkCycles(model.services, edges, problems);
  const all = [...edges, ...assembler.edges];
  return { model, files: assembler.files, edges: all, problems: problems.inOrder(assembler.files) };
}

const nothing: ComposeModel = { services: [], networks: [], volumes: [], configs: [], secrets: [] };

async function modelOf(whole: MapTree, means: ServiceMeans): Promise<ComposeModel> {
  const { problems } = means;
  const given = valueAt(whole, 'services');
  if (given?.kind === 'list' || (given?.kind === 'text' && given.text !== null))
    problems.error('value', given.place, '`services` must be a map of names.');
  const services: ComposeService[] = [];
  for (const [name, entry] of given?.kind === 'map' ? given.entries : []) {
    checkName(name, entry.place, problems);
    services.push(await serviceOf(name, entry, means));
  }
  for (const [key, { place }] of whole.entries)
    if (!key.startsWith('x-') && !['version', 'name', 'services', 'networks', 'volumes', 'configs', 'secrets', 'models'].includes(key))
      problems.error('unknown-key', place, `The Compose specification has no key ${named(key)}.`);
  const name = textOf(valueAt(whole, 'name'));
  return {
    ...(name === undefined ? {} : { name }),
    services,
    networks: withDefault(networksOf(whole, problems), services),
    volumes: volumesOf(whole, problems),
    configs: fileObjectsOf(whole, 'configs', problems),
    secrets: fileObjectsOf(whole, 'secrets', problems),
  };
}

/** The network that services are in which name none. */
function withDefault(networks: ComposeModel['networks'], services: readonly ComposeService[]): ComposeModel['networks'] {
  const user = services.find((service) => service.networks.some(({ network }) => network === 'default'));
  if (user === undefined || networks.some(({ key }) => key === 'default')) return networks;
  const common = { external: false, attachable: false, internal: false, ipv6: false, driverOptions: {}, labels: {}, unknown: [] };
  return [{ key: 'default', place: user.place, places: {}, ...common }, ...networks];
}

async function filesByName({ read }: ComposeSource): Promise<string[]> {
  const first = async (candidates: readonly string[]) => {
    for (const each of candidates) if (await exists(read, each)) return each;
    return undefined;
  };
  const file = await first(names);
  if (file === undefined)
    throw new Failure('not-found', 'There is no compose file here.', { hint: `It is called ${names[0]}; others are named.` });
  const override = await first(overrides);
  return override === undefined ? [file] : [file, override];
}

/** One that may not be read is there too: reading it says why. */
async function exists(read: ComposeSource['read'], file: string): Promise<boolean> {
  return (
    (await read(file, sizeLimit).catch((error: unknown) => {
      if (error instanceof Failure && error.reason !== 'cancelled') return '';
      throw error;
    })) !== undefined
  );
}

function ownFiles(files: readonly string[], problems: ComposeProblems): string[] {
  return files.flatMap((written) => {
    const found = isRemote(written) ? { kind: 'outside' as const, why: 'is an address' } : ownPath('.', written);
    if (found.kind === 'own') return [found.path];
    problems.error('outside', { file: written, line: 1 }, `The path ${named(written)} ${found.why}: it is not read.`);
    return [];
  });
}

/** What the caller gives wins over `.env` beside the first file. */
async function variablesFor({ variables = {} }: ComposeSource, folder: string, assembler: Assembler): Promise<Variables> {
  const given = new Map(Object.entries(variables));
  if (!assembler.readsEnvironment) return given;
  const file = folder === '.' ? '.env' : `${folder}/.env`;
  const text = await assembler.read(file, { file, line: 1 }, 'env', false);
  const own = text === undefined ? [] : variablesOf(text, file, (name) => given.get(name), assembler.problems);
  return new Map([...own, ...given]);
}

/** `format: raw`: each line as it is. */
function rawVariables(text: string): Map<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const [, name, value = ''] = line.match(/^([^#=\s][^=]*)=(.*)$/) ?? [];
    return name === undefined ? [] : [[name, value]];
  });
  return new Map(pairs);
}
