import type { ResultOf } from '../../protocol/message.ts';
import type * as protocol from '../../protocol/runtime.ts';
import type { OutputLine } from '../../protocol/runtime.ts';
import { asFailure, Failure } from '../../rpc/failure.ts';
import type { Context } from '../../rpc/router.ts';
import type { OutputPosition } from '../engine/types.ts';
import { Follower } from './follower.ts';
import type { RuntimeHost } from './host.ts';
import { mergeByTime } from './merge.ts';
import { OutputPump } from './outputPump.ts';
import { type LogQuestion, type Speaker, speakersOf, streamsOf } from './speakers.ts';

type Told = { lines: OutputLine[]; dropped: number };

/** Tells what containers have said, in the order of time, then what they say. Rejects with `not-found` where nothing is live. */
export async function readOutput(
  host: RuntimeHost,
  question: LogQuestion,
  { emit, signal, streaming }: Pick<Context<Told>, 'emit' | 'signal' | 'streaming'>,
): Promise<ResultOf<typeof protocol.logs>> {
  const { follow } = question;
  if (!streaming) throw new Failure('invalid', 'Output is told in pages.', { hint: 'Give a partialResultToken.' });
  const speakers = await speakersOf(host, question, signal);
  const pump = new OutputPump<OutputLine>(emit);
  const positions = new Map<string, OutputPosition>();
  const said = speakers.map((each) => history(each, question, positions, signal));
  for await (const lines of mergeByTime(said)) {
    pump.add(lines);
    await pump.room();
  }
  const follower = new Follower({ pump, positions, question, speakers: (until) => speakersOf(host, question, until) });
  if (follow) await follower.run(speakers, signal);
  await pump.end();
  return { ...pump.counts, containers: speakers.map(({ row }) => row.name) };
}

/** What a container has said so far. The last lines of what is searched for are the last ones found. */
async function* history(
  speaker: Speaker,
  { tail, since, until, stream, search }: LogQuestion,
  positions: Map<string, OutputPosition>,
  signal: AbortSignal,
): AsyncGenerator<readonly OutputLine[], void> {
  const { engine, row, shown } = speaker;
  // The engine counts before it leaves out the other stream.
  const byEngine = tail > 0 && search === undefined && stream === undefined;
  const options = {
    ...{ follow: false, ...streamsOf(stream) },
    ...(byEngine ? { tail } : {}),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
  let last: OutputLine[] = [];
  try {
    for await (const { lines, position } of engine.containerOutput(row.id, options, signal)) {
      if (position !== undefined) positions.set(row.id, position);
      const found = shown(lines);
      if (byEngine || tail === 0) yield found;
      else {
        last.push(...found);
        if (last.length > 2 * tail) last = last.slice(-tail);
      }
    }
  } catch (error) {
    // It was removed meanwhile.
    if (asFailure(error).reason !== 'not-found') throw error;
  }
  if (last.length > 0) yield last.slice(-tail);
}
