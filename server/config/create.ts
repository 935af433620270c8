import { promises as fs } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { asLabel, freeName } from '../project/projectName.ts';
import { Failure } from '../rpc/failure.ts';
import type { DraftService } from './compose.ts';
import { composeProposal, type Proposal } from './composeProposal.ts';
import { type DockerfileFacts, readDockerfile } from './dockerfile.ts';
import { foundForConfig, isCompose } from './found.ts';
import { hearthPath } from './hearthPath.ts';
import { readOwnFile, writeOwnFile } from './ownFile.ts';

const sizeLimit = 500_000;

interface Created {
  readonly path: string;
  readonly text: string;
  readonly from: string[];
  readonly written: boolean;
}

interface CreateOptions {
  readonly write: boolean;
  /** The compose file as one service for a Swarm, instead of a service for each of its own. */
  readonly stack?: boolean;
}

/**
 * Makes a `hearth.yaml` from what is in the work tree. Throws `conflict` when it should write one and there is one, `not-found` when a stack is
 * wanted and no compose file names services.
 */
export async function createHearthFile(root: string, project: string, { write, stack = false }: CreateOptions): Promise<Created> {
  if (write && (await readOwnFile(root, hearthPath, Number.POSITIVE_INFINITY)) !== undefined) {
    throw new Failure('conflict', 'There is a hearth.yaml already.', {
      hint: 'Edit it; `hearth config check` says what is wrong with it.',
    });
  }
  const found = await foundForConfig(root);
  const compose = await composeProposal(root, found.filter(isCompose), { project, stack });
  if (stack && compose === undefined) {
    throw new Failure('not-found', 'There is no compose file that names services.', { hint: 'A stack is made from a compose.yaml.' });
  }
  const { services, catalog = [], notes = [], from } = compose ?? (await dockerfileProposal(root, found, project));
  const text = textOf(project, { services, catalog, notes });
  if (write) await writeOwnFile(root, hearthPath, text);
  return { path: hearthPath, text, from, written: write };
}

/** Each Dockerfile is a service. */
async function dockerfileProposal(root: string, found: readonly string[], project: string): Promise<Proposal> {
  const dockerfiles = found.filter((file) => !isCompose(file)).slice(0, 20);
  const services: DraftService[] = [];
  for (const file of dockerfiles) {
    const text = (await readOwnFile(root, file, sizeLimit).catch(() => undefined))?.toString('utf8');
    if (text === undefined) continue;
    const name = freeName(serviceName(file, project), (each) => services.some((service) => service.name === each));
    services.push({ name, keys: await keysOf(root, file, readDockerfile(text)), left: [], notes: [] });
  }
  return { services, from: dockerfiles };
}

/** `api/Dockerfile` is `api`, `Dockerfile.worker` is `worker`, the one at the top has the project's name. */
function serviceName(file: string, project: string): string {
  const base = path.posix.basename(file);
  const suffix = base.match(/^(?:Dockerfile|Containerfile)\.(.+)$/)?.[1] ?? base.match(/^(.+)\.Dockerfile$/)?.[1];
  const folder = path.posix.dirname(file);
  return asLabel(suffix ?? (folder === '.' ? project : path.posix.basename(folder)));
}

async function keysOf(root: string, file: string, { port, healthcheck, sources }: DockerfileFacts): Promise<Record<string, unknown>> {
  const folder = path.posix.dirname(file);
  const base = path.posix.basename(file);
  // What it copies says which folder it is built in.
  const own = folder === '.' || (await allThere(root, folder, sources)) || !(await allThere(root, '.', sources));
  const build = own ? { context: folder, ...(base === 'Dockerfile' ? {} : { dockerfile: base }) } : { context: '.', dockerfile: file };
  return {
    build: Object.keys(build).length === 1 ? build.context : build,
    ...(port === undefined ? {} : { port }),
    ...(healthcheck ? { health: { container: true } } : {}),
  };
}

async function allThere(root: string, folder: string, sources: readonly string[]): Promise<boolean> {
  const found = sources.map((source) =>
    fs.stat(path.join(root, folder, source)).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(found)).every(Boolean);
}

function textOf(project: string, { services, catalog = [], notes = [] }: Omit<Proposal, 'from'>): string {
  const drafts = services.length > 0 ? services : [{ name: 'web', keys: { build: '.', port: 8080 }, left: [], notes: [] }];
  return [
    '# What is deployed from here, and where to. `hearth config explain production` shows what it comes to.',
    ...notes.map((note) => `# ${printable(note)}`),
    'version: 1',
    `project: ${project}`,
    '',
    'services:',
    drafts.map((service) => serviceText(service, services.length > 0)).join('\n'),
    ...(catalog.length === 0 ? [] : ['catalog:', catalog.map((service) => serviceText(service, true)).join('\n')]),
    'environments:',
    '  production:',
    '    docker: local',
    '    routing: none',
    '',
  ].join('\n');
}

function serviceText({ name, keys, left, notes }: DraftService, found: boolean): string {
  const isEmpty = Object.keys(keys).length === 0;
  const lines = isEmpty ? [] : stringify(keys, { lineWidth: 0 }).trimEnd().split('\n');
  const comments = [
    ...notes,
    ...(found ? [] : ['There is no Dockerfile yet: this service cannot be built before there is one.']),
    ...(left.length === 0 ? [] : [`Left out, because hearth.yaml has no such thing: ${left.join(', ')}`]),
    ...(keys['health'] === undefined && keys['port'] !== undefined && keys['build'] !== undefined
      ? ['health: { http: /healthz }   # where there is a page that says so']
      : []),
  ];
  return [
    `  ${name}:${isEmpty ? ' {}' : ''}`,
    ...lines.map((line) => `    ${line}`),
    ...comments.map((comment) => `    # ${printable(comment)}`),
    '',
  ].join('\n');
}

/** Names of a compose file stay inside their comment. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, ' ').slice(0, 400);
}
