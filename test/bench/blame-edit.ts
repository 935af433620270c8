// Blame after each of 1 000 keystrokes in an unsaved file: how long, and how many git processes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { documentBlame } from '../../server/protocol/git.ts';
import { echo, info } from '../../server/protocol/session.ts';
import { blameInput, LONG_FILE } from './blameInput.ts';
import { type Bench, percentile, summarise, valueAtMost } from './harness.ts';

export const bench: Bench = {
  name: 'blame-edit',
  target: 'no git process, < 2 ms each of 1 000 keystrokes (round trip included)',
  async run(ctx) {
    const { root, lines } = await blameInput(ctx);
    const server = await ctx.startServer();
    const uri = pathToFileURL(join(root, LONG_FILE)).toString();
    server.openDocument(uri, readFileSync(join(root, LONG_FILE), 'utf8'));
    await server.send(documentBlame, { uri });
    const started = async () => (await server.send(info, {})).processes.started;
    const before = await started();
    const times: number[] = [];
    const bare: number[] = [];
    const keystrokes = ctx.size(1_000, 50);
    for (let key = 0; key < keystrokes; key++) {
      const line = (key * 37) % (lines - 2);
      // Letters, new lines, and now and then a deleted line.
      const text = key % 10 === 9 ? '\n' : 'x';
      const end = key % 25 === 24 ? { line: line + 1, character: 0 } : { line, character: 0 };
      const start = performance.now();
      server.changeDocument(uri, key + 2, [{ range: { start: { line, character: 0 }, end }, text: key % 25 === 24 ? '' : text }]);
      const answer = await server.send(documentBlame, { uri, version: key + 2, lines: { start: line + 1, end: line + 1 } });
      times.push(performance.now() - start);
      // A round trip without any work shows what the machine and the wire take of it.
      bare.push(await ctx.time(() => server.send(echo, { text: 'x' })));
      if (answer.state !== 'blamed' || answer.runs?.line.length !== 1) throw new Error(`keystroke ${key}: ${JSON.stringify(answer)}`);
    }
    return [
      valueAtMost('one keystroke and its blame, median', 'ms', summarise(times), 2),
      valueAtMost('the same, 99 % below', 'ms', summarise([percentile(times, 99)]), 2, bareNote(bare)),
      valueAtMost('git processes started', '', summarise([(await started()) - before]), 0),
    ];
  },
};

function bareNote(bare: readonly number[]): string {
  return `a round trip that does nothing, in the same run: median ${percentile(bare, 50).toFixed(2)} ms, 99 % below ${percentile(bare, 99).toFixed(2)} ms`;
}
