import { promises as fs } from 'node:fs';
import type { ResultOf } from '../../protocol/message.ts';
import type * as protocol from '../../protocol/runtime.ts';
import { asFailure } from '../../rpc/failure.ts';
import type { ImageState } from '../engine/types.ts';
import { type Step, stepsOf } from '../journal.ts';
import { type DeploymentRecord, listDeployments } from '../records.ts';
import { releaseIn, releaseOf, rootOfRecord } from '../site/layout.ts';
import type { RuntimeHost } from './host.ts';

type Build = ResultOf<typeof protocol.builds>['builds'][number];

interface Question {
  readonly project: string;
  readonly environment?: string | undefined;
  readonly service?: string | undefined;
  readonly limit: number;
}

/** How long an engine may take to say which images are there, in milliseconds. */
const patience = 3000;

/**
 * Builds, newest first: deployments that came to the phase `building`. `mayAsk`: engines may be asked whether an image is still there and how large it
 * is; one that does not answer leaves that open.
 */
export async function listBuilds(host: RuntimeHost, question: Question, mayAsk: boolean, signal: AbortSignal): Promise<Build[]> {
  const found = await host.store.read((reader) =>
    listDeployments(reader, question.project, { ...question, limit: question.limit * 3 + 50 })
      .filter((record) => timesOf(record) !== undefined)
      .map((record) => ({ record, steps: stepsOf(reader, record.id) })),
  );
  const shown = found.slice(0, question.limit);
  const images = mayAsk ? await imagesOf(host, shown, signal) : new Map<string, ImageState | null>();
  const sites = await Promise.all(shown.map(({ record, steps }) => siteOf(record, steps)));
  return shown.map(({ record, steps }, index) => {
    const result = resultOf(record, steps);
    const time = timesOf(record) ?? { started: record.created, milliseconds: null };
    const before = found.slice(index + 1).find((each) => isSame(each.record, record) && resultOf(each.record, each.steps) === 'built');
    const earlier = before === undefined ? undefined : timesOf(before.record)?.milliseconds;
    const site = sites[index];
    const image = record.imageId === null ? undefined : images.get(imageKey(record));
    return {
      ...{
        deployment: record.id,
        environment: record.environment,
        service: record.service,
        commit: record.commit,
        subject: record.subject,
      },
      ...time,
      result,
      artefact: site?.path ?? (record.imageId === null ? null : record.image),
      bytes: site?.bytes ?? image?.size ?? null,
      kept: site?.kept ?? (image === undefined ? null : image !== null),
      slower: result === 'built' && earlier && time.milliseconds !== null ? Math.round((time.milliseconds / earlier) * 100) / 100 : null,
    };
  });
}

type Found = { readonly record: DeploymentRecord; readonly steps: ReadonlyMap<string, Step> };

const isSame = (a: DeploymentRecord, b: DeploymentRecord): boolean => a.environment === b.environment && a.service === b.service;
const imageKey = ({ engine, imageId }: DeploymentRecord): string => `${engine} ${imageId}`;

/** All times in the phase together: one that was interrupted came to it twice. */
function timesOf({ phaseTimes }: DeploymentRecord): { started: number; milliseconds: number | null } | undefined {
  const times = phaseTimes.filter(({ phase }) => phase === 'building');
  const [first] = times;
  if (first === undefined) return undefined;
  const open = times.some(({ ended }) => ended === null);
  const sum = times.reduce((total, { started, ended }) => total + (ended ?? started) - started, 0);
  return { started: first.started, milliseconds: open ? null : sum };
}

function resultOf({ state, ended, rollbackTo, phaseTimes, config }: DeploymentRecord, steps: ReadonlyMap<string, Step>): Build['result'] {
  const obtained = phaseTimes.some(({ phase }) => phase === 'deploying' || phase === 'switching');
  if (!obtained && ended === null) return 'running';
  if (!obtained) return state === 'canceled' || state === 'superseded' ? 'canceled' : 'failed';
  const reused = steps.get('image')?.evidence['reused'] === true;
  const isMade = config.service.source.kind !== 'image';
  return rollbackTo !== null || reused || !isMade ? 'reused' : 'built';
}

/** Of a static site: the folder of the release. */
async function siteOf(record: DeploymentRecord, steps: ReadonlyMap<string, Step>): Promise<Site | undefined> {
  if (record.config.service.kind !== 'static') return undefined;
  const bytes = steps.get('site-copy')?.evidence['bytes'];
  if (typeof bytes !== 'number') return undefined;
  const path = releaseIn(rootOfRecord(record), releaseOf(record));
  const kept = await fs.access(path).then(
    () => true,
    () => false,
  );
  return { path, bytes, kept };
}

interface Site {
  readonly path: string;
  readonly bytes: number;
  readonly kept: boolean;
}

/** By engine and id; null: it is gone; absent: nobody knows. */
async function imagesOf(host: RuntimeHost, found: readonly Found[], signal: AbortSignal): Promise<Map<string, ImageState | null>> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const wanted = new Map(found.filter(({ record }) => record.imageId !== null).map(({ record }) => [imageKey(record), record]));
  const images = new Map<string, ImageState | null>();
  await Promise.all(
    [...wanted].map(async ([key, { engine: address, imageId }]) => {
      try {
        const engine = await host.engine(address, until);
        images.set(key, (await engine.inspectImage(imageId ?? '', until)) ?? null);
      } catch (error) {
        signal.throwIfAborted();
        host.log('debug', 'an image could not be looked at', { error: asFailure(error).message });
      }
    }),
  );
  return images;
}
