// In the real VS Code: from opening a file of more than 7 000 lines with a long history to the annotation painted behind the current line,
// against a whole raw `git blame`. Each round is a new window with an empty cache, so nothing is known beforehand.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openVscode, type Vscode } from '../host/page.ts';
import { generatedClone, LONG_FILE } from '../support/repositories/generated.ts';
import { Random } from '../support/repositories/random.ts';
import { type Bench, ratioAtMost, summarise, valueAtMost } from './harness.ts';

interface Info {
  processes: { started: number; running: number };
}

export const bench: Bench = {
  name: 'editor-blame',
  target: 'annotated ≤ 0.8 × git blame of the whole file; ≤ 10 git processes at start-up',
  async run(ctx) {
    using clone = await generatedClone(ctx.smoke ? { files: 100, commits: 500 } : {});
    const count = readFileSync(clone.path(LONG_FILE), 'utf8').split('\n').length - 1;
    // Where the cursor is decides how far back git must look: lines by seed, so that no choice of ours does.
    const random = new Random(20_261_121);
    const lines = Array.from({ length: 40 }, () => Math.floor(random.next() * count));
    const ours: number[] = [];
    const raw: number[] = [];
    const processes: number[] = [];
    for (let round = 0; round < ctx.size(7, 1); round++) {
      // Before and after, because the machine's load changes within a round; with the ignored revisions, for the same answer.
      const whole = async () =>
        (await ctx.git(['blame', '--porcelain', '--ignore-revs-file', '.git-blame-ignore-revs', '--', LONG_FILE], { cwd: clone.root })).ms;
      const before = await whole();
      const code = await openVscode({ folder: clone.root });
      try {
        // The window has settled: only then is opening a file what a person would wait for.
        await code.evaluate(async (vscode) => {
          const hearth = vscode.extensions.getExtension('hearth-dev.hearth');
          await ((await hearth?.activate()) as { ready: Promise<void> } | undefined)?.ready;
        });
        // An untitled editor first: the window's own first editor takes seconds, with or without us.
        await code.evaluate(async (vscode) => {
          await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: 'nothing to blame' }));
        });
        await new Promise((resolve) => setTimeout(resolve, 4000));
        await code.page.evaluate(watchForAnnotation);
        const start = await code.evaluate(
          async (vscode, file, line) => {
            const at = Date.now();
            const cursor = new vscode.Range(line, 0, line, 0);
            await vscode.window.showTextDocument(vscode.Uri.file(file), { selection: cursor });
            return at;
          },
          join(clone.root, LONG_FILE),
          lines[round % lines.length] ?? 0,
        );
        const painted = await code.page.evaluate(() => (globalThis as unknown as { annotated: Promise<number> }).annotated);
        ours.push(painted - start);
        processes.push((await serverInfo(code)).processes.started);
        // The rest of the file is still being blamed: that must not slow the raw tool down.
        while ((await serverInfo(code)).processes.running > 0) await new Promise((resolve) => setTimeout(resolve, 200));
        raw.push((before + (await whole())) / 2);
      } finally {
        await code.close();
      }
    }
    const ratio = summarise(ours.map((ms, index) => ms / (raw[index] ?? Number.NaN)));
    return [
      ratioAtMost('file opened → current line annotated, painted', { ours: summarise(ours), raw: summarise(raw), ratio }, 0.8),
      valueAtMost('git processes under our server until then', 'processes', summarise(processes), 10),
    ];
  },
};

async function serverInfo(code: Vscode): Promise<Info> {
  return (await code.evaluate(async (vscode) => {
    const api = vscode.extensions.getExtension('hearth-dev.hearth')?.exports as {
      shell: Promise<{ server: { send(definition: object, params: object): Promise<unknown> } }>;
    };
    return (await api.shell).server.send({ method: 'session/info' }, {});
  })) as Info;
}

/** Runs in the page: resolves with the time when the annotation is first on screen; both clocks are this machine's. */
function watchForAnnotation(): void {
  const found = (): boolean =>
    [...document.querySelectorAll('.monaco-editor .view-line span')].some((element) =>
      / ago/.test(getComputedStyle(element, '::after').content.replaceAll('\u00a0', ' ')),
    );
  (globalThis as unknown as { annotated: Promise<number> }).annotated = new Promise((resolve) => {
    const look = (): void => {
      if (found()) resolve(Date.now());
      else requestAnimationFrame(look);
    };
    look();
  });
}
