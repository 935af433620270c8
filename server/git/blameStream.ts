import type { BlameView } from './blame.ts';
import { type BlameRows, RowWriter } from './blameRows.ts';
import type { BlameRun } from './blameTable.ts';

type Range = { start: number; end: number };

/** Milliseconds between two messages while rows come in; the first one goes at once. */
const pause = 25;
/** Rows of one message: a window must not wait for a parcel of megabytes. */
const most = 2000;

/**
 * Sends the rows of a blame as they become known, each once, until it is complete. `wanted` limits them, `first` come first where they are
 * known already. Rejects with the failure of the blame.
 */
export async function streamRows(
  { live, lineCount }: BlameView,
  { wanted, first }: { wanted?: Range; first?: Range },
  emit: (rows: BlameRows) => void,
  signal: AbortSignal,
): Promise<void> {
  const writer = new RowWriter();
  const low = wanted?.start ?? 1;
  const high = Math.min(wanted?.end ?? Number.POSITIVE_INFINITY, lineCount ?? Number.POSITIVE_INFINITY);
  const { table } = live;
  let next = 0;
  let sent = Number.NEGATIVE_INFINITY;
  const flush = () => {
    const rows = writer.take();
    if (rows === undefined) return;
    sent = performance.now();
    emit(rows);
  };
  const add = (run: BlameRun) => {
    const from = Math.max(run.line, low);
    const to = Math.min(run.line + run.count - 1, high);
    if (from > to) return;
    writer.add(table, { ...run, line: from, count: to - from + 1, originalLine: run.originalLine + from - run.line });
    if (writer.size >= most) flush();
  };
  const pump = () => {
    for (; next < table.runs.length; next++) add(table.runs[next] as BlameRun);
    if (performance.now() - sent >= pause) flush();
  };
  if (live.state === 'done' && first !== undefined) {
    const from = Math.max(1, first.start);
    const to = Math.min(first.end, table.lineCount);
    for (const run of table.ordered(from, to)) add(run);
    flush();
    for (const run of table.ordered(1, from - 1)) add(run);
    for (const run of table.ordered(Math.max(from, to + 1), table.lineCount)) add(run);
    flush();
    return;
  }
  const stop = live.onChange(pump);
  try {
    pump();
    await live.finish(signal);
    pump();
    flush();
  } finally {
    stop();
  }
}
