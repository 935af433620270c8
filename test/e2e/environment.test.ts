// Variables and secrets in the real VS Code, kept by a real hub: set, listed, removed; master keys exported, rotated, brought back.
import * as assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { list, type Variable } from '../../server/protocol/variables.ts';
import { hearth, sample } from './repositoryWindow.ts';
import { answer } from './workWindow.ts';

const run = <T>(name: string, argument: object): Thenable<T> => vscode.commands.executeCommand<T>(`hearth.environment.${name}`, argument);
const at = { repository: sample, environment: 'staging' };

async function stored(name: string): Promise<Variable | undefined> {
  const { server } = await hearth();
  const { environments } = await server.send(list, at);
  return environments[0]?.variables.find((each) => each.name === name);
}

describe('variables and secrets', () => {
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeQuickOpen'));

  it('are stored for an environment, listed with their origin, and removed after a question', async () => {
    await hearth();
    assert.equal(await run('setVariable', { ...at, name: 'GREETING', value: 'hello $(rocket)' }), true);
    assert.equal(await run('setVariable', { ...at, name: 'GREETING', value: 'hello $(rocket)' }), false);
    assert.deepEqual((await stored('GREETING'))?.origin, { kind: 'stored', environment: 'staging' });
    assert.equal(await run('setSecret', { ...at, name: 'SHOP_TOKEN', value: 'a secret of the shop' }), true);
    const secret = await stored('SHOP_TOKEN');
    assert.deepEqual([secret?.value, secret?.secret, secret?.version], [null, true, 1]);
    // A secret stays one, whichever command sets it again.
    assert.equal(await run('setVariable', { ...at, name: 'SHOP_TOKEN', value: 'another secret' }), true);
    assert.equal((await stored('SHOP_TOKEN'))?.secret, true);
    const shown = await run<readonly Variable[]>('show', at);
    assert.ok(shown.some(({ name, value }) => name === 'GREETING' && value === 'hello $(rocket)'));
    assert.doesNotMatch(JSON.stringify(shown), /a secret of the shop|another secret/);

    const asked = await answer('action');
    assert.equal(await run('unset', { ...at, name: 'GREETING' }), true);
    assert.match(asked[0]?.message ?? '', /Remove GREETING from staging\?/);
    assert.equal(await stored('GREETING'), undefined);
    await answer(undefined);
    assert.equal(await run('unset', { ...at, name: 'SHOP_TOKEN' }), false);
    assert.ok(await stored('SHOP_TOKEN'));
  });

  it('keep their keys in a file that only a passphrase opens', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hearth-keys-'));
    try {
      const file = vscode.Uri.file(join(folder, 'keys.json'));
      const text = await run<string>('exportKeys', { file, passphrase: 'correct horse' });
      assert.equal(readFileSync(file.fsPath, 'utf8'), text);
      assert.equal(statSync(file.fsPath).mode & 0o777, 0o600);
      assert.equal(await run('importKeys', { file, passphrase: 'correct horse' }), 0);
      const asked = await answer('action');
      assert.equal(await run('rotateKey', { repository: sample }), true);
      await vscode.commands.executeCommand('notifications.clearAll');
      assert.match(asked[0]?.detail ?? '', /earlier key stays/);
      assert.equal((await stored('SHOP_TOKEN'))?.problem?.includes('cannot be read') ?? false, false);
    } finally {
      rmSync(folder, { recursive: true });
      await answer('action');
      await run('unset', { ...at, name: 'SHOP_TOKEN' });
    }
  });
});
