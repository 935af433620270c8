import { Failure } from '../../rpc/failure.ts';
import { labelFilter } from './containers.ts';
import { cutFailure } from './failures.ts';
import { Demultiplexer, jsonLines, LineSplitter } from './lines.ts';
import { type Ask, part, short, type Transport } from './transport.ts';
import type { EngineEvent, Labels } from './types.ts';

/**
 * The log of a container. Docker may leave out the last lines when it follows and the container ends (20.10 does): those are asked for afterwards,
 * by the time that stands before each.
 */
export async function containerLog(
  transport: Transport,
  id: string,
  options: { follow: boolean; tail?: number; since?: number },
  line: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const doing = `read the log of ${short(id)}`;
  const [stdout, stderr] = [new LineSplitter(line), new LineSplitter(line)];
  const last = { time: '', frames: 0 };
  const read = async (query: Ask['query'], skipped: { time: string; frames: number }): Promise<void> => {
    let left = skipped.frames;
    const take = (splitter: LineSplitter) =>
      timed((time, text, first) => {
        if (first && time === skipped.time && left-- > 0) return false;
        if (first) last.frames = time === last.time ? last.frames + 1 : 1;
        last.time = time;
        splitter.push(text);
        return true;
      });
    const frames = new Demultiplexer(take(stdout), take(stderr));
    const path = `/containers/${part(id)}/logs`;
    for await (const chunk of transport.stream({ path, query: { stdout: true, stderr: true, timestamps: true, ...query }, doing }, signal))
      frames.push(chunk);
    if (!frames.complete) throw cutFailure(doing);
  };
  const since = options.since === undefined ? undefined : seconds(options.since);
  await read({ follow: options.follow, tail: options.tail ?? 'all', since }, { time: '', frames: 0 });
  if (options.follow && last.time !== '') {
    try {
      await read({ since: exactSeconds(last.time) }, { ...last });
    } catch (error) {
      // Removed as soon as it had ended: there is no more to be had.
      if (!(error instanceof Failure) || (error.reason !== 'not-found' && error.reason !== 'conflict')) throw error;
    }
  }
  stdout.end();
  stderr.end();
}

/** `2026-01-31T12:00:00.123456789Z ` before the payload of each frame. */
const stamp = 31;

/** Takes the time off the front of each frame. `next` answers whether the rest of the frame is wanted. */
function timed(next: (time: string, text: Buffer, first: boolean) => boolean): (chunk: Buffer, first: boolean) => void {
  let head = Buffer.alloc(0);
  let time = '';
  let wanted = true;
  return (chunk, first) => {
    if (first) {
      head = Buffer.alloc(0);
      time = '';
    }
    if (time !== '') {
      if (wanted) next(time, chunk, false);
      return;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < stamp) return;
    time = head.subarray(0, stamp - 1).toString('latin1');
    wanted = next(time, head.subarray(stamp), true);
  };
}

/** A stamp as Docker takes it back: seconds with nine digits. */
function exactSeconds(time: string): string {
  return `${Math.floor(Date.parse(time) / 1000)}${time.slice(19, 29)}`;
}

/** Attributes of networks do not hold their labels: with labels asked for, only containers and images are heard of. */
export async function events(
  transport: Transport,
  since: number,
  labels: Labels,
  heard: (event: EngineEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const doing = 'listen to what happens';
  const query = { since: seconds(since), filters: labelFilter(labels) };
  try {
    for await (const line of jsonLines(transport.stream({ path: '/events', query, doing }, signal))) {
      const event = eventOf(line);
      if (event !== undefined) heard(event);
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  if (!signal.aborted) throw cutFailure(doing);
}

const kinds = ['container', 'network', 'image', 'volume', 'daemon'] as const;

function eventOf(line: Record<string, unknown>): EngineEvent | undefined {
  const { Type, Action, Actor, timeNano, time } = line as {
    Type?: unknown;
    Action?: unknown;
    Actor?: { ID?: unknown; Attributes?: Record<string, string> };
    timeNano?: unknown;
    time?: unknown;
  };
  const kind = kinds.find((each) => each === Type);
  if (kind === undefined || typeof Action !== 'string' || typeof Actor?.ID !== 'string') return undefined;
  const at = typeof timeNano === 'number' ? timeNano / 1e6 : typeof time === 'number' ? time * 1000 : Date.now();
  return { time: Math.floor(at), kind, action: Action, id: Actor.ID, labels: Actor.Attributes ?? {} };
}

/** Docker's timestamps: seconds with a fraction. */
function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
