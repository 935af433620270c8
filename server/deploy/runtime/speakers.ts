import type { Redactor } from '../../environment/index.ts';
import type { ParamsOf } from '../../protocol/message.ts';
import type * as protocol from '../../protocol/runtime.ts';
import type { OutputLine } from '../../protocol/runtime.ts';
import { maskedLine } from '../deploymentLog.ts';
import type { ContainerRow, Engine, OutputPage, OutputStream } from '../engine/types.ts';
import type { DeploymentRecord } from '../records.ts';
import { containersAt, liveIn, type Place, type RuntimeHost, redactorOf, refuseSites } from './host.ts';
import { lineFilter } from './lineFilter.ts';

export type LogQuestion = Omit<ParamsOf<typeof protocol.logs>, 'repository' | 'environment'> & Place;

/** A container of a live release, and how what it says is shown. */
export interface Speaker {
  readonly record: DeploymentRecord;
  readonly engine: Engine;
  readonly row: ContainerRow;
  /** As people see it: masked, and only what is wanted. */
  shown(lines: OutputPage['lines']): readonly OutputLine[];
}

/** Those of the releases that are live now. Rejects with `not-found` where nothing is. */
export async function speakersOf(
  host: RuntimeHost,
  { services, search, regex, ...place }: Pick<LogQuestion, 'services' | 'search' | 'regex' | 'project' | 'environment'>,
  signal: AbortSignal,
): Promise<Speaker[]> {
  const wanted = await lineFilter(search, regex);
  const records = await liveIn(host, place, services);
  refuseSites(records, services, 'nothing of it runs that could say something');
  const found = records.map(async (record) => {
    const engine = await host.engine(record.engine, signal);
    const rows = await containersAt(host, engine, record, signal);
    if (rows.length === 0) return [];
    const redactor = await redactorOf(host, record);
    return rows.map((row) => ({
      record,
      engine,
      row,
      shown: (lines: OutputPage['lines']) => wanted(shownOf(record, row, redactor, lines)),
    }));
  });
  return (await Promise.all(found)).flat();
}

function shownOf({ service }: DeploymentRecord, { name }: ContainerRow, redactor: Redactor, lines: OutputPage['lines']): OutputLine[] {
  return lines.map(({ time, stream, text, cut }) => ({
    ...{ time, service, container: name, stream, text: maskedLine(redactor, text) },
    ...(cut ? { cut } : {}),
  }));
}

/** As the engine is asked. */
export function streamsOf(stream: OutputStream | undefined): { streams?: readonly OutputStream[] } {
  return stream === undefined ? {} : { streams: [stream] };
}
