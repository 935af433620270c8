// In the real VS Code: from opening a file of more than 7 000 lines with a long history to the annotation painted behind the current line,
// against a whole raw `git blame`. Each round is a new window with an empty cache, so nothing is known beforehand.
import { join } from 'node:path';
import { openVscode } from '../host/page.ts';
import { generatedClone, LONG_FILE } from '../support/repositories/generated.ts';
import { type Bench, ratioAtMost, summarise, valueAtMost } from './harness.ts';

interface Info {
  processes: { started: number };
}

export const bench: Bench = {
  name: 'editor-blame',
  target: 'annotated ≤ 0.8 × git blame of the whole file; ≤ 10 git processes at start-up',
  async run(ctx) {
    using clone = await generatedClone(ctx.smoke ? { files: 100, commits: 500 } : {});
    const ours: number[] = [];
    const raw: number[] = [];
    const processes: number[] = [];
    for (let round = 0; round < ctx.size(5, 1); round++) {
      raw.push((await ctx.git(['blame', '--porcelain', '--', LONG_FILE], { cwd: clone.root })).ms);
      const code = await openVscode({ folder: clone.root });
      try {
        // The window has settled: only then is opening a file what a person would wait for.
        await code.evaluate(async (vscode) => {
          const hearth = vscode.extensions.getExtension('hearth-dev.hearth');
          await ((await hearth?.activate()) as { ready: Promise<void> } | undefined)?.ready;
        });
        // Another file first: the window's own first editor takes seconds, with or without us.
        await code.evaluate(
          async (vscode, file) => {
            await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: false });
          },
          join(clone.root, '.git-blame-ignore-revs'),
        );
        await code.page.evaluate(watchForAnnotation);
        await code.page.evaluate(() => (globalThis as unknown as { annotated: Promise<number> }).annotated);
        await new Promise((resolve) => setTimeout(resolve, 2000));
        await code.evaluate(async (vscode) => {
          await vscode.commands.executeCommand('workbench.action.closeAllEditors');
        });
        await code.page.evaluate(watchForAnnotation);
        const start = await code.evaluate(
          async (vscode, file) => {
            const at = Date.now();
            const editor = await vscode.window.showTextDocument(vscode.Uri.file(file));
            const middle = new vscode.Position(Math.floor(editor.document.lineCount / 2), 0);
            editor.selection = new vscode.Selection(middle, middle);
            editor.revealRange(new vscode.Range(middle, middle), vscode.TextEditorRevealType.InCenter);
            return at;
          },
          join(clone.root, LONG_FILE),
        );
        const painted = await code.page.evaluate(() => (globalThis as unknown as { annotated: Promise<number> }).annotated);
        ours.push(painted - start);
        const { processes: counted } = (await code.evaluate(async (vscode) => {
          const api = vscode.extensions.getExtension('hearth-dev.hearth')?.exports as {
            shell: Promise<{ server: { send(definition: object, params: object): Promise<unknown> } }>;
          };
          return (await api.shell).server.send({ method: 'session/info' }, {});
        })) as Info;
        processes.push(counted.started);
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
