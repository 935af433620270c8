import { promises as fs } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { asLabel, freeName } from '../project/projectName.ts';
import { Failure } from '../rpc/failure.ts';
import { type DraftService, readCompose } from './compose.ts';
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

/** Makes a `hearth.yaml` from what is in the work tree. Throws `conflict` when it should write one and there is one. */
export async function createHearthFile(root: string, project: string, write: boolean): Promise<Created> {
  if (write && (await readOwnFile(root, hearthPath, Number.POSITIVE_INFINITY)) !== undefined) {
    throw new Failure('conflict', 'There is a hearth.yaml already.', {
      hint: 'Edit it; `hearth config check` says what is wrong with it.',
    });
  }
  const { services, from } = await drafts(root, project);
  const text = textOf(project, services);
  if (write) await writeOwnFile(root, hearthPath, text);
  return { path: hearthPath, text, from, written: write };
}

/** From a compose file, where there is one that names services; else each Dockerfile is a service. */
async function drafts(root: string, project: string): Promise<{ services: DraftService[]; from: string[] }> {
  const found = await foundForConfig(root);
  for (const file of found.filter(isCompose)) {
    const services = await composeServices(root, file);
    if (services.length > 0) return { services, from: [file] };
  }
  const dockerfiles = found.filter((file) => !isCompose(file)).slice(0, 20);
  const services: DraftService[] = [];
  for (const file of dockerfiles) {
    const text = (await readOwnFile(root, file, sizeLimit).catch(() => undefined))?.toString('utf8');
    if (text === undefined) continue;
    const name = freeName(serviceName(file, project), (each) => services.some((service) => service.name === each));
    services.push({ name, keys: await keysOf(root, file, readDockerfile(text)), left: [] });
  }
  return { services, from: dockerfiles };
}

async function composeServices(root: string, file: string): Promise<DraftService[]> {
  const bytes = await readOwnFile(root, file, sizeLimit).catch(() => undefined);
  try {
    return bytes === undefined ? [] : readCompose(bytes.toString('utf8'));
  } catch {
    return [];
  }
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

function textOf(project: string, services: readonly DraftService[]): string {
  const drafts = services.length > 0 ? services : [{ name: 'web', keys: { build: '.', port: 8080 }, left: [] }];
  return [
    '# What is deployed from here, and where to. `hearth config explain production` shows what it comes to.',
    'version: 1',
    `project: ${project}`,
    '',
    'services:',
    drafts.map((service) => serviceText(service, services.length > 0)).join('\n'),
    'environments:',
    '  production:',
    '    docker: local',
    '    routing: none',
    '',
  ].join('\n');
}

function serviceText({ name, keys, left }: DraftService, found: boolean): string {
  const lines = stringify(keys, { lineWidth: 0 }).trimEnd().split('\n');
  const notes = [
    ...(found ? [] : ['There is no Dockerfile yet: this service cannot be built before there is one.']),
    ...(left.length === 0 ? [] : [`Left out, because hearth.yaml has no such thing: ${left.join(', ')}`]),
    ...(keys['health'] === undefined && keys['port'] !== undefined && keys['build'] !== undefined
      ? ['health: { http: /healthz }   # where there is a page that says so']
      : []),
  ];
  return [`  ${name}:`, ...lines.map((line) => `    ${line}`), ...notes.map((note) => `    # ${printable(note)}`), ''].join('\n');
}

/** Names of a compose file stay inside their comment. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, ' ').slice(0, 300);
}
