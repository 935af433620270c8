// Which repository a file belongs to, as the window knows it.
import * as assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { discover } from '../../server/protocol/git.ts';
import type { ResultOf } from '../../server/protocol/message.ts';
import { info } from '../../server/protocol/session.ts';
import { hermeticEnvironment } from '../support/repositories/repository.ts';
import { closeAll, hearth, until } from './blameWindow.ts';
import { nothingIsAsked } from './repositoryWindow.ts';

describe('a file outside any repository', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'hearth-outside-')));
  after(async () => {
    await closeAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is asked for once, and again when a repository may have come to be', async () => {
    const { server, repositories } = await hearth();
    // The folders are asked for again when the server starts, as it did at the end of the suite before.
    await nothingIsAsked();
    const asked = async () => (await server.send(info, {})).timings.find(({ method }) => method === 'git/discover')?.count ?? 0;
    writeFileSync(join(folder, 'a.txt'), 'one\n');
    const uri = vscode.Uri.file(join(folder, 'a.txt'));
    assert.equal(await repositories.locate(uri), undefined);
    const before = await asked();
    for (let time = 0; time < 5; time++) assert.equal(await repositories.locate(uri), undefined);
    assert.equal(await asked(), before);
    execFileSync('git', ['init', '-q', folder], { env: { ...process.env, ...hermeticEnvironment() } });
    const editor = await vscode.window.showTextDocument(uri);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), 'zero\n'));
    await editor.document.save();
    const located = await until('the new repository', () => repositories.locate(uri));
    assert.equal(located.repository.root, folder);
    assert.equal(located.path, 'a.txt');
  });
});

describe('the operation that waits in a repository', () => {
  const sample = process.env['HEARTH_SAMPLE'] ?? '';
  const mark = join(sample, '.git/MERGE_HEAD');

  it('is not said any more once it ended, whichever reading is answered last', async () => {
    const { server, repositories } = await hearth();
    await repositories.discovered;
    const { send } = server;
    const held: (() => void)[] = [];
    let hold = true;
    let answered = 0;
    server.send = (async (...args: Parameters<typeof send>) => {
      const answer = await send.apply(server, args);
      if (args[0].method !== discover.method) return answer;
      const { root, operation } = (answer as ResultOf<typeof discover>).repository;
      // Only readings of this repository, by what they saw: others are under way, and one may be asked before the end and answered after it.
      if (hold && root === sample && operation === 'merge') await new Promise<void>((resolve) => held.push(resolve));
      else if (!hold && root === sample && operation === undefined) answered++;
      return answer;
    }) as typeof send;
    try {
      writeFileSync(mark, execFileSync('git', ['rev-parse', 'HEAD'], { cwd: sample }));
      await until('a reading while it waits', () => held.length > 0);
      hold = false;
      rmSync(mark);
      await until('a reading after it', () => answered > 0);
      for (const release of held) release();
      await new Promise((resolve) => setTimeout(resolve, 50));
      await until('nothing waits', () => repositories.all.find(({ root }) => root === sample)?.operation === undefined);
    } finally {
      server.send = send;
      rmSync(mark, { force: true });
      for (const release of held) release();
    }
  });
});
