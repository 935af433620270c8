import { Failure } from '../../rpc/failure.ts';
import { labelFilter } from './containers.ts';
import { cutFailure } from './failures.ts';
import { jsonLines } from './lines.ts';
import { StampedOutput } from './stampedOutput.ts';
import { type Ask, part, short, type Transport } from './transport.ts';
import type { EngineEvent, Labels, OutputOptions, OutputPage } from './types.ts';

/** The log of a container, line by line. */
export async function containerLog(
  transport: Transport,
  id: string,
  options: { follow: boolean; tail?: number; since?: number },
  line: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for await (const { lines } of containerOutput(transport, id, options, signal)) for (const { text } of lines) line(text);
}

/**
 * What a container says. Docker may leave out the last lines when it follows and the container ends (20.10 does): those are asked for afterwards,
 * by the time that stands before each.
 */
export async function* containerOutput(
  transport: Transport,
  id: string,
  options: OutputOptions,
  signal: AbortSignal,
): AsyncGenerator<OutputPage, void> {
  const { follow, since, until, after, streams = ['stdout', 'stderr'] } = options;
  const doing = `read the log of ${short(id)}`;
  const output = new StampedOutput(after, options.full ?? (() => false));
  const read = async function* (query: Ask['query']): AsyncGenerator<OutputPage, void> {
    const frames = output.begin();
    const asked = { stdout: streams.includes('stdout'), stderr: streams.includes('stderr'), timestamps: true, ...query };
    for await (const chunk of transport.stream({ path: `/containers/${part(id)}/logs`, query: asked, doing }, signal)) {
      frames.push(chunk);
      if (output.hasNews) yield output.page();
    }
    if (!frames.complete) throw cutFailure(doing);
  };
  const first =
    after === undefined
      ? { tail: options.tail ?? 'all', since: since === undefined ? undefined : seconds(since) }
      : { since: exactSeconds(after.time) };
  yield* read({ ...first, follow, until: until === undefined ? undefined : seconds(until) });
  const { position } = output;
  if (follow && position !== undefined) {
    try {
      yield* read({ since: exactSeconds(position.time) });
    } catch (error) {
      // Removed as soon as it had ended: there is no more to be had.
      if (!(error instanceof Failure) || (error.reason !== 'not-found' && error.reason !== 'conflict')) throw error;
    }
  }
  output.end();
  if (output.hasNews) yield output.page();
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
