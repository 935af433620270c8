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
  timings: { method: string; maxMs: number }[];
}

/** When what happened, in milliseconds since the epoch; both clocks are this machine's. */
interface Marks {
  start: number;
  /** VS Code has read the file and told of it. */
  opened: number;
  /** Its editor is the active one. */
  active: number;
  /** Hearth has set the decoration. */
  decorated: number;
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
    const profile: (Marks & { painted: number; server: number })[] = [];
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
        const marks = await code.evaluate(openAndWatch, join(clone.root, LONG_FILE), lines[round % lines.length] ?? 0);
        const painted = await code.page.evaluate(() => (globalThis as unknown as { annotated: Promise<number> }).annotated);
        ours.push(painted - marks.start);
        const asked = (await serverInfo(code)).timings.find(({ method }) => method === 'git/documentBlame');
        profile.push({ ...marks, painted, server: asked?.maxMs ?? 0 });
        processes.push((await serverInfo(code)).processes.started);
        // The rest of the file is still being blamed: that must not slow the raw tool down.
        while ((await serverInfo(code)).processes.running > 0) await new Promise((resolve) => setTimeout(resolve, 200));
        raw.push((before + (await whole())) / 2);
      } finally {
        await code.close();
      }
    }
    const ratio = summarise(ours.map((ms, index) => ms / (raw[index] ?? Number.NaN)));
    const after = (measure: string, of: (marks: Marks & { painted: number; server: number }) => number) =>
      valueAtMost(measure, 'ms', summarise(profile.map(of)));
    return [
      ratioAtMost('file opened → current line annotated, painted', { ours: summarise(ours), raw: summarise(raw), ratio }, 0.8),
      valueAtMost('git processes under our server until then', 'processes', summarise(processes), 10),
      after('  of that, until VS Code has read the file', ({ start, opened }) => opened - start),
      after('  from there until its editor is active', ({ opened, active }) => active - opened),
      after('  from there until the decoration is set', ({ active, decorated }) => decorated - active),
      after('  from there until it is painted', ({ decorated, painted }) => painted - decorated),
      after('longest question to the server', ({ server }) => server),
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

/** Runs in the extension host. */
async function openAndWatch(vscode: typeof import('vscode'), file: string, line: number): Promise<Marks> {
  const uri = vscode.Uri.file(file);
  const marks = { start: Date.now(), opened: 0, active: 0, decorated: 0 };
  const isIt = (document: { uri: { fsPath: string } } | undefined) => document?.uri.fsPath === uri.fsPath;
  const listeners = [
    vscode.workspace.onDidOpenTextDocument((document) => {
      if (isIt(document)) marks.opened ||= Date.now();
    }),
    vscode.window.onDidChangeActiveTextEditor((editor) => {
      if (isIt(editor?.document)) marks.active ||= Date.now();
    }),
  ];
  const shown = vscode.window.showTextDocument(uri, { selection: new vscode.Range(line, 0, line, 0) });
  while (marks.decorated === 0) {
    const { line: found } = (await vscode.commands.executeCommand('hearth.testing.shownBlame')) as { line?: { uri: string } };
    if (found?.uri === uri.toString()) marks.decorated = Date.now();
    else await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await shown;
  for (const listener of listeners) listener.dispose();
  return marks;
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
