import type { ImageInfo, ImageInspectInfo } from 'dockerode';
import { Failure } from '../../rpc/failure.ts';
import { labelFilter } from './containers.ts';
import { answerFailure } from './failures.ts';
import { jsonLines } from './lines.ts';
import { quote } from './quote.ts';
import { parseReference, type Reference } from './reference.ts';
import { registryAuth } from './registryAuth.ts';
import { tarOf } from './tar.ts';
import { part, type Transport } from './transport.ts';
import type { BuildRequest, ImageState, Labels, LogSink } from './types.ts';

export async function inspectImage(transport: Transport, reference: string, signal: AbortSignal): Promise<ImageState | undefined> {
  const info = await transport.maybe<ImageInspectInfo>(
    { path: `/images/${part(reference)}/json`, doing: `look at the image ${reference}` },
    signal,
  );
  if (info === undefined) return undefined;
  const { Config } = info;
  const test = (Config as { Healthcheck?: { Test?: string[] } } | undefined)?.Healthcheck?.Test;
  return {
    id: info.Id,
    tags: info.RepoTags ?? [],
    digests: info.RepoDigests ?? [],
    labels: Config?.Labels ?? {},
    created: Date.parse(info.Created) || 0,
    size: info.Size,
    healthcheck: test !== undefined && test.length > 0 && test[0] !== 'NONE',
    exposed: Object.keys(Config?.ExposedPorts ?? {})
      .filter((each) => !each.endsWith('/udp'))
      .map((each) => Number.parseInt(each, 10)),
  };
}

/** What a builder says is believed only when the tag is an image with the labels it was to have, and with the id that the builder named. */
export async function builtImage(
  transport: Transport,
  request: BuildRequest,
  id: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const image = await inspectImage(transport, request.tag, signal);
  const isOurs = image !== undefined && Object.entries(request.labels).every(([key, value]) => image.labels[key] === value);
  if (isOurs && (id === undefined || id === image.id)) return image.id;
  throw new Failure('io', `The builder says that it has built ${request.tag}, but the image is not there as it should be.`, {
    hint: 'Try again.',
  });
}

export async function listImages(transport: Transport, labels: Labels, signal: AbortSignal): Promise<ImageState[]> {
  const rows = await transport.json<ImageInfo[]>(
    { path: '/images/json', query: { filters: labelFilter(labels) }, doing: 'list images' },
    signal,
  );
  const states = await Promise.all(rows.map(({ Id }) => inspectImage(transport, Id, signal)));
  return states.filter((each) => each !== undefined);
}

export async function tagImage(transport: Transport, reference: string, tag: string, signal: AbortSignal): Promise<void> {
  const target = parseReference(tag);
  const query = { repo: target.name, tag: target.tag ?? 'latest' };
  await transport.json({ method: 'POST', path: `/images/${part(reference)}/tag`, query, doing: `tag the image ${reference}` }, signal);
}

export async function removeImage(transport: Transport, reference: string, signal: AbortSignal): Promise<boolean> {
  try {
    await transport.maybe({ method: 'DELETE', path: `/images/${part(reference)}`, doing: `remove the image ${reference}` }, signal);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'conflict') return false;
    throw error;
  }
}

export async function pullImage(transport: Transport, reference: string, log: LogSink, signal: AbortSignal): Promise<string | undefined> {
  const target = parseReference(reference);
  const doing = `pull ${reference}`;
  const ask = {
    method: 'POST',
    path: '/images/create',
    // Without a tag it would pull all of them.
    query: { fromImage: target.name, tag: target.digest ?? target.tag ?? 'latest' },
    headers: await authHeader(target, signal),
    doing,
  } as const;
  let digest: string | undefined;
  for await (const line of jsonLines(transport.stream(ask, signal))) {
    const text = progressOf(line, doing);
    digest = /^Digest: (sha256:[0-9a-f]{64})$/.exec(text ?? '')?.[1] ?? digest;
    if (text !== undefined) log('build', text);
  }
  const found = await inspectImage(transport, reference, signal);
  if (found === undefined) throw new Failure('not-found', `${reference} was not there after it had been pulled.`, { hint: 'Try again.' });
  return digest ?? found.digests.find((each) => each.startsWith(`${target.name}@`))?.split('@')[1];
}

export async function pushImage(transport: Transport, reference: string, log: LogSink, signal: AbortSignal): Promise<string> {
  const target = parseReference(reference);
  const doing = `push ${reference}`;
  const ask = {
    method: 'POST',
    path: `/images/${target.name.split('/').map(part).join('/')}/push`,
    query: { tag: target.tag ?? 'latest' },
    headers: await authHeader(target, signal),
    doing,
  } as const;
  let digest: string | undefined;
  for await (const line of jsonLines(transport.stream(ask, signal))) {
    const text = progressOf(line, doing);
    if (text !== undefined) log('build', text);
    const aux = line['aux'] as { Digest?: unknown } | undefined;
    if (typeof aux?.Digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(aux.Digest)) digest = aux.Digest;
  }
  if (digest === undefined)
    throw new Failure('io', `Docker ended the push of ${reference} without naming its digest.`, {
      hint: 'Try again; the log has what it said.',
    });
  return digest;
}

/** One after the other: two at once would leave one without a name. */
const making = new WeakMap<Transport, Promise<void>>();

export function emptyImage(transport: Transport, tag: string, labels: Labels, signal: AbortSignal): Promise<void> {
  const before = making.get(transport) ?? Promise.resolve();
  const made = before
    .catch(() => {})
    .then(async () => {
      if ((await inspectImage(transport, tag, signal)) === undefined) await importEmpty(transport, tag, labels, signal);
    });
  making.set(transport, made);
  return made;
}

async function importEmpty(transport: Transport, tag: string, labels: Labels, signal: AbortSignal): Promise<void> {
  const target = parseReference(tag);
  const quoted = Object.entries(labels).map(([key, value]) => `${quote(key)}=${quote(value)}`);
  const changes = ['CMD ["none"]', ...(quoted.length > 0 ? [`LABEL ${quoted.join(' ')}`] : [])];
  const doing = `make the image ${tag}`;
  const query = { fromSrc: '-', repo: target.name, tag: target.tag ?? 'latest', changes };
  const ask = { method: 'POST', path: '/images/create', query, archive: tarOf([]), doing } as const;
  for await (const line of jsonLines(transport.stream(ask, signal))) progressOf(line, doing);
}

/** What a line of a pull or push says, without progress bars; throws for an error line. */
function progressOf(line: Record<string, unknown>, doing: string): string | undefined {
  if (typeof line['error'] === 'string') throw answerFailure(500, line['error'], doing);
  if (typeof line['status'] !== 'string') return undefined;
  const detail = line['progressDetail'] as { total?: unknown } | undefined;
  if (detail?.total !== undefined) return undefined;
  return typeof line['id'] === 'string' ? `${line['id']}: ${line['status']}` : line['status'];
}

export async function authHeader(target: Reference, signal: AbortSignal): Promise<Record<string, string>> {
  const auth = await registryAuth(target.registry, signal);
  return { 'X-Registry-Auth': Buffer.from(JSON.stringify(auth ?? {})).toString('base64url') };
}
