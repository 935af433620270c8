// Blame of the current line and of the whole file, as a user sees it, against git itself.
import * as assert from 'node:assert/strict';
import { appendFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { gutterColumns } from '../../extension/git/blameGutter.ts';
import type { Shell } from '../../extension/shell.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import { info } from '../../server/protocol/session.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';
import {
  annotation,
  checkout,
  closeAll,
  expectedAnnotation,
  git,
  gitBlame,
  hearth,
  moveTo,
  open,
  sample,
  set,
  shown,
  until,
} from './blameWindow.ts';

describe('blame of the current line', () => {
  let repository: Repository;
  before(async () => {
    await hearth();
    repository = createRepository();
    repository.write('a.txt', 'one\ntwo\nthree\nfour\n');
    repository.commit('Count to four');
    repository.write('a.txt', 'one\nTWO\nthree\nfour\n');
    repository.commit('Shout two', { author: { name: 'Kofi Mensah', email: 'kofi@example.test' } });
  });
  after(() => repository.dispose());
  afterEach(async () => {
    for (const name of [
      'hearth.git.blame.line.enabled',
      'hearth.git.blame.line.format',
      'hearth.git.blame.statusBar',
      'git.blame.editorDecoration.enabled',
    ])
      await set(name, undefined);
    await closeAll();
  });

  it('says what git says, line by line', async () => {
    const lines = gitBlame(sample(), 'src/checkout/checkout.ts');
    const editor = await open(checkout());
    for (const line of [0, 1, 8, 22, 23, 46, 52, lines.length - 1]) {
      moveTo(editor, line);
      assert.match(await annotation(line), expectedAnnotation(lines[line]), `line ${line + 1}`);
    }
  });

  it('honours .git-blame-ignore-revs: the reformatting is nobody’s work', async () => {
    const ignored = git(sample(), 'config', 'blame.ignoreRevsFile').trim();
    const reformat = git(
      sample(),
      'log',
      '-1',
      '--format=%s',
      (git(sample(), 'show', `HEAD:${ignored}`).match(/^[0-9a-f]{40}/m) ?? [''])[0],
    ).trim();
    const lines = gitBlame(sample(), 'src/money.ts');
    const raw = gitBlame(sample(), 'src/money.ts', '--ignore-revs-file', '');
    const line = raw.findIndex(({ summary }, index) => summary === reformat && lines[index]?.summary !== reformat);
    assert.ok(line >= 0, 'the sample has a line that was reformatted');
    await open(join(sample(), 'src/money.ts'), line);
    assert.match(await annotation(line), expectedAnnotation(lines[line]));
  });

  it('keeps its commit while the text is edited, and gives it back after undo', async () => {
    const editor = await open(repository.path('a.txt'), 1);
    await annotation(1, /^Kofi Mensah, .* · Shout two$/);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'zero\n'));
    moveTo(editor, 2);
    await annotation(2, /Shout two/);
    moveTo(editor, 0);
    await annotation(0, /^Uncommitted$/);
    moveTo(editor, 2);
    await editor.edit((edit) => edit.insert(new vscode.Position(2, 0), 'very '));
    await annotation(2, /^Uncommitted$/);
    await vscode.commands.executeCommand('undo');
    await annotation(2, /Shout two/);
    await vscode.commands.executeCommand('undo');
    await until('the saved text', () => !editor.document.isDirty);
    moveTo(editor, 1);
    await annotation(1, /Shout two/);
  });

  it('notices a commit made in a terminal', async () => {
    const own = createRepository();
    try {
      own.write('b.txt', 'first\n');
      own.commit('Begin');
      own.write('b.txt', 'first\nsecond\n');
      await open(own.path('b.txt'), 1);
      await annotation(1, /^Uncommitted$/);
      own.commit('Say the second thing');
      await annotation(1, /Say the second thing$/);
    } finally {
      await closeAll();
      own.dispose();
    }
  });

  it('notices the first commit of a file', async () => {
    const own = createRepository();
    try {
      own.write('b.txt', 'first\n');
      await open(own.path('b.txt'), 0);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await until('no annotation', async () => (await shown()).line === undefined);
      own.commit('Begin');
      await annotation(0, /Begin$/);
    } finally {
      await closeAll();
      own.dispose();
    }
  });

  it('notices what another program writes into the open file', async () => {
    const own = createRepository();
    try {
      own.write('b.txt', 'first\n');
      own.commit('Begin');
      const editor = await open(own.path('b.txt'), 0);
      await annotation(0, /Begin$/);
      appendFileSync(own.path('b.txt'), 'second\n');
      let written = performance.now();
      await until('the editor reads the file again', () => {
        // VS Code begins to watch a file outside its folder some time after it is shown.
        if (performance.now() - written > 2000) {
          utimesSync(own.path('b.txt'), new Date(), new Date());
          written = performance.now();
        }
        return editor.document.lineCount === 3;
      });
      moveTo(editor, 1);
      await annotation(1, /^Uncommitted$/);
    } finally {
      await closeAll();
      own.dispose();
    }
  });

  it('200 rapid cursor moves leave no queue, no process, and the right line', async () => {
    const shell = await hearth();
    const lines = gitBlame(sample(), 'src/checkout/checkout.ts');
    const editor = await open(checkout(), 0);
    await annotation(0);
    const before = await settled(shell);
    const began = Date.now();
    for (let move = 0; move < 200; move++) {
      moveTo(editor, (move * 37) % lines.length);
      if (move % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    moveTo(editor, 46);
    assert.match(await annotation(46), expectedAnnotation(lines[46]));
    const after = await shell.server.send(info, {});
    // Fewer when a reader of objects that an earlier test needed has ended meanwhile.
    assert.ok(after.processes.running <= before.processes.running, 'no git process is left');
    assert.equal(after.processes.started, before.processes.started, 'a known file needs no git process');
    const asked = (from: typeof before): number => from.timings.find(({ method }) => method === 'git/documentBlame')?.count ?? 0;
    // One in a tenth of a second, however long the window takes to follow.
    const most = Math.max(60, (Date.now() - began) / 100 + 5);
    assert.ok(asked(after) - asked(before) <= most, `${asked(after) - asked(before)} questions for 200 moves`);
  });

  it('stands in the editor that has the cursor, and only there', async () => {
    const left = await open(checkout(), 46);
    await annotation(46);
    const right = await open(join(sample(), 'src/money.ts'), 0, { viewColumn: vscode.ViewColumn.Beside });
    await annotation(0);
    assert.equal((await shown()).line?.uri, right.document.uri.toString());
    const again = await vscode.window.showTextDocument(left.document, { viewColumn: vscode.ViewColumn.Beside, preview: false });
    moveTo(again, 22);
    await annotation(22);
  });

  it('follows its template', async () => {
    await set('hearth.git.blame.line.format', '${id} ${mail} ${summary|9}');
    const lines = gitBlame(repository.root, 'a.txt');
    await open(repository.path('a.txt'), 1);
    assert.equal(await annotation(1), `${lines[1]?.commit.slice(0, 8)} kofi@example.test Shout two`);
  });

  it('is switched off and on, and then the status bar says it', async () => {
    await open(repository.path('a.txt'), 1);
    await annotation(1);
    assert.equal((await shown()).status, undefined, 'off while the inline form is on');
    await vscode.commands.executeCommand('hearth.git.toggleLineBlame');
    await until('the status item', async () => (await shown()).status?.includes('Kofi Mensah, '));
    await until('no annotation', async () => (await shown()).line === undefined);
    await vscode.commands.executeCommand('hearth.git.toggleLineBlame');
    await annotation(1);
    await until('no status item', async () => (await shown()).status === undefined);
  });

  it('steps aside for the built-in annotation, unless told otherwise', async () => {
    await open(repository.path('a.txt'), 1);
    await annotation(1);
    await set('git.blame.editorDecoration.enabled', true);
    await until('no annotation', async () => (await shown()).line === undefined);
    assert.equal((await shown()).status, undefined);
    await set('hearth.git.blame.line.enabled', 'on');
    await annotation(1);
  });

  it('on demand it shows one line, until the cursor leaves it', async () => {
    await set('hearth.git.blame.line.enabled', 'onDemand');
    await set('hearth.git.blame.statusBar', 'off');
    const editor = await open(repository.path('a.txt'), 1);
    await vscode.commands.executeCommand('hearth.git.toggleLineBlame');
    await annotation(1);
    moveTo(editor, 2);
    await until('no annotation', async () => (await shown()).line === undefined);
  });

  it('is silent where there is nothing to say', async () => {
    repository.write('new.txt', 'untracked\n');
    repository.write('binary.bin', Buffer.from([0, 1, 2, 0, 10, 0]));
    await open(repository.path('a.txt'), 1);
    await annotation(1);
    await open(repository.path('new.txt'), 0);
    await until('no annotation', async () => (await shown()).line === undefined);
    const untitled = await vscode.workspace.openTextDocument({ content: 'nothing' });
    await vscode.window.showTextDocument(untitled);
    await until('no annotation', async () => (await shown()).line === undefined);
  });

  it('comes back after the server was killed', async () => {
    const shell = await hearth();
    await vscode.commands.executeCommand('hearth.server.restart');
    const editor = await open(repository.path('a.txt'), 1);
    await annotation(1, /Shout two/);
    await vscode.commands.executeCommand('hearth.git.toggleFileBlame');
    await until('the gutter', async () => (await shown()).editors[0]?.complete);
    const { pid } = await shell.server.send(info, {});
    process.kill(pid, 'SIGKILL');
    await until(
      'another server',
      async () => shell.server.running && (await shell.server.send(info, {}).catch(() => undefined))?.pid !== pid,
    );
    moveTo(editor, 0);
    await annotation(0, /Count to four/);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'new\n'));
    await until('the gutter of the edited text', async () => {
      const [first] = (await shown()).editors;
      return first?.complete === true && first.rows[0]?.text.startsWith('Uncommitted');
    });
    await vscode.commands.executeCommand('hearth.git.toggleFileBlame');
  });
});

describe('blame of a whole file', () => {
  afterEach(async () => {
    await set('hearth.git.blame.heat.days', undefined);
    await closeAll();
  });

  const gutter = () =>
    until('a complete gutter', async () => {
      const uri = vscode.window.activeTextEditor?.document.uri.toString();
      const found = (await shown()).editors.find((editor) => editor.uri === uri);
      return found?.complete === true && found.rows.length > 0 ? found : undefined;
    });

  it('has git’s answer on every line, grouped, in ten heats', async () => {
    const lines = gitBlame(sample(), 'src/checkout/checkout.ts');
    await open(checkout(), 46);
    await vscode.commands.executeCommand('hearth.git.toggleFileBlame');
    const { rows } = await gutter();
    for (const [index, line] of lines.entries()) {
      const row = rows[index];
      assert.equal(row?.line, index);
      if (index > 0 && lines[index - 1]?.commit === line.commit) assert.equal(row?.text, '', `line ${index + 1} continues its group`);
      else if (/^0+$/.test(line.commit)) assert.match(row?.text ?? '', /^Uncommitted/);
      else {
        const text = row?.text.replaceAll('\u00a0', ' ') ?? '';
        assert.ok(text.startsWith(line.author), `line ${index + 1}: ${text}`);
        assert.ok(text.includes(line.summary.slice(0, gutterColumns.summary - 4).trimEnd()), `line ${index + 1}: ${text}`);
      }
      assert.match(row?.colour ?? '', /^hearth\.git\.(heat\d|blameUncommitted)$/);
    }
  });

  it('colours by age', async () => {
    const lines = gitBlame(sample(), 'src/money.ts');
    const now = Date.now() / 1000;
    await open(join(sample(), 'src/money.ts'));
    await vscode.commands.executeCommand('hearth.git.toggleFileBlame');
    assert.ok(
      (await gutter()).rows.slice(0, lines.length).every(({ colour }) => /heat[5-9]/.test(colour)),
      'old lines are cold',
    );
    const days = Math.ceil((now - Math.min(...lines.map(({ authorTime }) => authorTime))) / 86_400) + 1;
    await set('hearth.git.blame.heat.days', days);
    await until('warm lines', async () => (await gutter()).rows.slice(0, lines.length).every(({ colour }) => /heat[0-4]/.test(colour)));
  });

  it('marks all lines of the commit that the cursor is on', async () => {
    const lines = gitBlame(sample(), 'src/checkout/checkout.ts');
    const editor = await open(checkout(), 46);
    await vscode.commands.executeCommand('hearth.git.toggleFileBlame');
    await gutter();
    for (const line of [46, 0]) {
      moveTo(editor, line);
      const commit = lines[line]?.commit ?? '';
      const expected = { commit, lines: lines.filter((each) => each.commit === commit).length };
      await until(`${JSON.stringify(expected)}`, async () => JSON.stringify((await gutter()).highlighted) === JSON.stringify(expected));
    }
  });

  it('stays right while the text is edited, and leaves with Escape’s command', async () => {
    const lines = gitBlame(sample(), 'src/checkout/checkout.ts');
    const editor = await open(checkout(), 0);
    await vscode.commands.executeCommand('hearth.git.toggleFileBlame');
    await gutter();
    await editor.edit((edit) => edit.insert(new vscode.Position(10, 0), 'a new line\nand another\n'));
    const { rows } = await until('the edited gutter', async () => {
      const found = await gutter();
      return found.rows[10]?.text.startsWith('Uncommitted') && found.rows[11]?.text === '' ? found : undefined;
    });
    const after = rows[12]?.text.replaceAll('\u00a0', ' ') ?? '';
    assert.ok(after.startsWith(lines[10]?.author ?? '?'), after);
    await vscode.commands.executeCommand('undo');
    await until('the gutter as before', async () => (await gutter()).rows[10]?.text === '');
    await vscode.commands.executeCommand('hearth.git.hideFileBlame');
    const [closed] = (await shown()).editors;
    assert.deepEqual([closed?.on, closed?.rows], [false, []]);
  });

  it('a file of 9 000 lines has decorations where it is looked at', async () => {
    const own = createRepository();
    try {
      const text = (from: number) =>
        Array.from({ length: 9000 }, (_, index) => `line ${index % 300 === from ? `changed ${from}` : index}\n`).join('');
      own.write('long.txt', text(-1));
      own.commit('Write it');
      own.write('long.txt', text(7));
      own.commit('Change every 300th line');
      const editor = await open(own.path('long.txt'), 0);
      await vscode.commands.executeCommand('hearth.git.toggleFileBlame');
      const first = await gutter();
      assert.ok(first.rows.length < 300, `${first.rows.length} lines have words`);
      assert.equal(first.columns, editor.document.lineCount, 'the column stands everywhere');
      assert.match(first.rows[7]?.text ?? '', /Change every/);
      moveTo(editor, 6007);
      const row = await until('rows around line 6008', async () => (await gutter()).rows.find(({ line }) => line === 6007));
      assert.match(row.text, /Change every/);
      await until('30 lines of the commit', async () => (await gutter()).highlighted?.lines === 30);
    } finally {
      await closeAll();
      own.dispose();
    }
  });
});

/**
 * What the server says of itself once nothing else (views, discovery) starts git any more; unsaved text of an earlier test is compared with
 * git's own blame once, five seconds after its last edit.
 */
async function settled(shell: Shell): Promise<ResultOf<typeof info>> {
  let last = await shell.server.send(info, {});
  for (let quiet = 0; quiet < 24; quiet++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const next = await shell.server.send(info, {});
    if (JSON.stringify(next.processes) !== JSON.stringify(last.processes)) quiet = -1;
    last = next;
  }
  return last;
}
