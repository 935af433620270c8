import { cancelled } from '../rpc/failure.ts';
import { UsageFailure } from './usage.ts';

/** Whether a person sits there who can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks for a line on the terminal; `hidden` shows nothing of what is typed. Rejects with `cancelled` on Ctrl+C, and on Ctrl+D when it is empty. */
export function ask(question: string, { hidden, signal }: { hidden: boolean; signal: AbortSignal }): Promise<string> {
  const { stdin } = process;
  // Before the question: what is typed at once must not be shown by the terminal itself.
  stdin.setRawMode(true);
  process.stderr.write(question);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (outcome: () => void) => {
      stdin.off('data', onData);
      signal.removeEventListener('abort', abort);
      stdin.setRawMode(false);
      stdin.pause();
      process.stderr.write('\n');
      outcome();
    };
    const abort = () => end(() => reject(cancelled()));
    const onData = (chunk: string) => {
      // Arrow keys and other sequences are no part of an answer.
      for (const each of chunk.replace(/\x1b(?:\[[0-9;?]*[ -/]*[@-~]|.)/g, '')) {
        if (each === '\r' || each === '\n') return end(() => resolve(typed));
        if (each === '\x03' || (each === '\x04' && typed === '')) return abort();
        if (each === '\x7f' || each === '\b') {
          if (typed !== '' && !hidden) process.stderr.write('\b \b');
          typed = [...typed].slice(0, -1).join('');
        } else if (each === '\x15') {
          if (!hidden) process.stderr.write('\b \b'.repeat([...typed].length));
          typed = '';
        } else if (each >= ' ' || each === '\t') {
          typed += each;
          if (!hidden) process.stderr.write(each);
        }
      }
      return undefined;
    };
    stdin.on('data', onData);
    signal.addEventListener('abort', abort, { once: true });
  });
}

/** Everything on standard input, exactly. */
export async function readInput(limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    size += (chunk as Buffer).length;
    if (size > limit) throw new UsageFailure(`Standard input is longer than ${Math.floor(limit / 1024)} kB.`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
