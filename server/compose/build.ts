import { defined, Fields } from './fields.ts';
import { buildOf as asMap } from './merge.ts';
import { fileUsesOf } from './mounts.ts';
import { isRemote, ownPath } from './paths.ts';
import { named } from './problems.ts';
import { type Tree, textAt, textOf } from './tree.ts';
import type { ComposeBuild } from './types.ts';

const unused = [
  'cache_from',
  'cache_to',
  'entitlements',
  'extra_hosts',
  'isolation',
  'no_cache',
  'no_cache_filter',
  'privileged',
  'provenance',
  'pull',
  'sbom',
  'shm_size',
  'ssh',
  'tags',
  'ulimits',
];

/** How the image is built; a folder alone is its context. */
export function buildOf(service: Fields, valueOfVariable: (name: string) => string | undefined): ComposeBuild | undefined {
  const given = service.raw('build');
  if (given === undefined) return undefined;
  const fields = new Fields(asMap(given), 'build', service.findings);
  const args = [...fields.pairs('args')].map(([name, { value }]): [string, string | null] => [
    name,
    value ?? valueOfVariable(name) ?? null,
  ]);
  const build: ComposeBuild = {
    ...contextOf(fields.raw('context') ?? textAt('.', given), service),
    dockerfile: fields.text('dockerfile') ?? 'Dockerfile',
    args: Object.fromEntries(args),
    labels: fields.labels('labels'),
    additionalContexts: contextsOf(fields),
    secrets: fileUsesOf(fields, 'secrets', '/run/secrets'),
    platforms: fields.texts('platforms'),
    ...defined({ inline: fields.text('dockerfile_inline'), target: fields.text('target'), network: fields.text('network') }),
  };
  fields.others(...unused);
  fields.done();
  checkDockerfile(build, fields);
  return build;
}

function checkDockerfile({ context, dockerfile }: ComposeBuild, fields: Fields): void {
  const tree = fields.raw('dockerfile');
  const found = context === undefined ? undefined : ownPath(context, dockerfile);
  if (tree !== undefined && found?.kind === 'outside')
    fields.findings.problems.error('outside', tree.place, `The path ${named(dockerfile)} ${found.why}: it is not read.`);
}

function contextOf(tree: Tree, { findings: { problems } }: Fields): Pick<ComposeBuild, 'context' | 'remote'> {
  const written = textOf(tree) ?? '';
  if (isRemote(written)) return { remote: written };
  const found = ownPath(tree.base, written);
  if (found.kind === 'own') return { context: found.path };
  problems.error('outside', tree.place, `The folder ${named(written)} ${found.why}: nothing is built from it.`);
  return {};
}

function contextsOf(fields: Fields): Record<string, string> {
  const base = fields.raw('additional_contexts')?.base ?? '.';
  const found = [...fields.pairs('additional_contexts')].flatMap(([name, { value, place }]) => {
    const written = value ?? '';
    if (isRemote(written) || written.startsWith('service:')) return [[name, written]];
    const own = ownPath(base, written);
    if (own.kind === 'own') return [[name, own.path]];
    fields.findings.problems.error('outside', place, `The folder ${named(written)} ${own.why}: nothing is built from it.`);
    return [];
  });
  return Object.fromEntries(found);
}
