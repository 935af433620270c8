// A file that was blamed before: again in the same server, and in a new one.
import { blame } from '../../server/protocol/git.ts';
import { info } from '../../server/protocol/session.ts';
import { blameInput, LONG_FILE } from './blameInput.ts';
import { type Bench, summarise, valueAtMost } from './harness.ts';

export const bench: Bench = {
  name: 'blame-cached',
  target: 'repeat: no git process, < 2 ms; after a restart: < 30 ms',
  async run(ctx) {
    const { root, lines } = await blameInput(ctx);
    const home = ctx.temporaryFolder('kept');
    const env = { HEARTH_HOME: home };
    const screenful = Math.floor(lines / 3);
    const server = await ctx.startServer({ env });
    const file = { path: LONG_FILE };
    await server.send(blame, { repository: root, file });
    const started = async (of: typeof server) => (await of.send(info, {})).processes.started;
    const before = await started(server);
    const screen = await ctx.sample(
      () => server.send(blame, { repository: root, file, lines: { start: screenful, end: screenful + 59 } }),
      {
        rounds: 50,
        warmup: 5,
      },
    );
    const again = await ctx.sample(() => server.send(blame, { repository: root, file }, { onPartial: () => {} }), {
      rounds: 30,
      warmup: 5,
    });
    const processes = (await started(server)) - before;
    await server.close();
    const restarted: number[] = [];
    const whole: number[] = [];
    const parts: string[] = [];
    for (let round = 0; round < ctx.size(8); round++) {
      const next = await ctx.startServer({ env });
      // The repository is known to a window before a person opens a file.
      await next.send(blame, { repository: root, file: { path: '.git-blame-ignore-revs' }, lines: { start: 1, end: 1 } });
      const counted = await started(next);
      const range = { start: screenful, end: screenful + 59 };
      restarted.push(await ctx.time(() => next.send(blame, { repository: root, file, lines: range })));
      whole.push(await ctx.time(() => next.send(blame, { repository: root, file }, { onPartial: () => {} })));
      parts.push(String((await started(next)) - counted));
      await next.close();
    }
    return [
      valueAtMost('60 lines again', 'ms', screen, 2),
      valueAtMost('whole file again, all rows at the client', 'ms', again, undefined, 'transport of some thousand rows included'),
      valueAtMost('git processes for these', '', summarise([processes]), 0),
      valueAtMost('60 lines after a restart', 'ms', summarise(restarted), 30, `git processes: ${[...new Set(parts)].join(', ')}`),
      valueAtMost('whole file after that, all rows at the client', 'ms', summarise(whole)),
    ];
  },
};
