import type { PartialOf, RequestDefinition } from '../protocol/message.ts';
import { cancelled, Failure } from '../rpc/failure.ts';
import type { CommandContext, OptionValues } from './command.ts';
import { UsageFailure } from './usage.ts';

/** Milliseconds without a row after which a terminal shows progress. */
const patience = 700;

/**
 * Asks for rows and prints them as they come: one JSON object a line, or `text` for a person. Stops the work when nobody reads any more.
 * Answers the summary, undefined when it was stopped.
 */
export async function printRows<D extends RequestDefinition, Row>(
  { json, output, send }: CommandContext,
  definition: D,
  params: Parameters<typeof send<D>>[1],
  rowsOf: (partial: PartialOf<D>) => readonly Row[],
  print: { json?: (row: Row) => unknown; text: (row: Row) => string },
): Promise<Awaited<ReturnType<typeof send<D>>> | undefined> {
  let written: Promise<void> = Promise.resolve();
  if (!json) output.page();
  // Git can look through a long history before it finds the first; a person should see that something happens.
  const waiting = setTimeout(() => output.progress('Looking through history…'), patience);
  try {
    return await send(definition, params, (partial) => {
      if (output.closed) throw cancelled();
      clearTimeout(waiting);
      output.clearProgress();
      const lines = rowsOf(partial).map((row) => (json ? JSON.stringify(print.json?.(row) ?? row) : print.text(row)));
      if (lines.length > 0) written = written.then(() => output.write(`${lines.join('\n')}\n`));
      // A reader that takes its time (a person in a pager) makes git wait.
      return written;
    });
  } catch (error) {
    if (output.closed && error instanceof Failure && error.reason === 'cancelled') return undefined;
    throw error;
  } finally {
    clearTimeout(waiting);
    output.clearProgress();
    await written;
  }
}

/** `-n N`; all rows when it is left out. */
export function limitOf(options: OptionValues): number {
  return numberOf(options, 'limit', 1) ?? Number.MAX_SAFE_INTEGER;
}

/** A whole number of at least `least`. */
export function numberOf(options: OptionValues, name: string, least: number): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (typeof text !== 'string' || !/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < least) {
    throw new UsageFailure(`--${name} takes a whole number${least > 0 ? ` from ${least}` : ''}.`);
  }
  return number;
}
