import { Redactor, resolveVariables } from '../environment/index.ts';
import { asFailure } from '../rpc/failure.ts';
import { maskedLine, readLog } from './deploymentLog.ts';
import type { Parts } from './parts.ts';
import type { DeploymentRecord } from './records.ts';
import { containersAt } from './runtime/host.ts';
import { variableQuestion } from './variableQuestion.ts';

const longestLine = 4000;

/**
 * The last lines that a release's containers said, at most `tail` of each, masked; of one whose containers are gone what its deployment's log
 * has of them. Empty when nobody can say: the engine is out of reach, secrets cannot be masked.
 */
export async function releaseOutput(parts: Parts, record: DeploymentRecord, tail: number, signal: AbortSignal): Promise<string[]> {
  const kept = ((await readLog(parts.home, record.id)) ?? []).filter(({ stream }) => stream === 'container').map(({ text }) => text);
  try {
    const { values, problems } = await parts.store.read((reader) => resolveVariables(variableQuestion(reader, parts.keys, record)));
    if (problems.length > 0) return kept.slice(-tail);
    const redactor = new Redactor(values.filter(({ secret }) => secret).map(({ value }) => value));
    const engine = await parts.engine(record.engine, signal);
    // The tasks of a stack are those of the release that is live.
    const isOver = record.config.service.kind === 'stack' && record.state !== 'live';
    const rows = isOver ? [] : await containersAt(parts, engine, record, signal);
    const lines: string[] = [];
    for (const { id } of rows) {
      await engine.containerLog(
        id,
        { follow: false, tail },
        (text) => lines.push(maskedLine(redactor, text).slice(0, longestLine)),
        signal,
      );
    }
    return lines.length === 0 ? kept.slice(-tail) : lines;
  } catch (error) {
    parts.log('debug', 'no output of a release', { deployment: record.id, error: asFailure(error).message });
    return kept.slice(-tail);
  }
}
