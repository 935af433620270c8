// Beside another blame extension Hearth steps aside by itself. The stand-in has GitLens' id and settings, and nothing else.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { temporaryFolder } from '../host/provision.ts';
import { decorationTexts } from '../host/window.ts';
import { createSample } from '../sample/createSample.mjs';

let code: Vscode;
const scratch = temporaryFolder('blame-others');
const folder = join(scratch, 'shop');
const other = join(scratch, 'gitlens');

beforeAll(async () => {
  await createSample(folder);
  mkdirSync(other);
  const boolean = { type: 'boolean', default: true };
  writeFileSync(
    join(other, 'package.json'),
    JSON.stringify({
      name: 'gitlens',
      publisher: 'eamodio',
      version: '19.0.0',
      engines: { vscode: '^1.100.0' },
      contributes: { configuration: { properties: { 'gitlens.currentLine.enabled': boolean, 'gitlens.codeLens.enabled': boolean } } },
    }),
  );
  code = await openVscode({ folder, otherExtensions: [other] });
});
afterAll(async () => {
  await code?.close();
  rmSync(dirname(folder), { recursive: true, force: true, maxRetries: 10 });
});

async function set(name: string, value: unknown): Promise<void> {
  await code.evaluate(
    async (vscode, key, to) => {
      await vscode.workspace.getConfiguration().update(key, to, vscode.ConfigurationTarget.Global);
    },
    name,
    value,
  );
}

async function lenses(): Promise<number> {
  return code.evaluate(async (vscode) => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const found = await vscode.commands.executeCommand<{ command?: { command: string } }[]>('vscode.executeCodeLensProvider', uri, 10);
    return found.filter(({ command }) => command?.command.startsWith('hearth.')).length;
  });
}

test('GitLens shows the current line: Hearth does not, until it is told to, or GitLens is told not to', async () => {
  await code.evaluate(
    async (vscode, path) => {
      await vscode.window.showTextDocument(vscode.Uri.file(path));
    },
    join(folder, 'src/money.ts'),
  );
  await set('hearth.git.blame.line.enabled', 'on');
  await expect.poll(() => decorationTexts(code.page), { timeout: 60_000 }).toHaveLength(1);
  await set('hearth.git.blame.line.enabled', 'auto');
  await expect.poll(() => decorationTexts(code.page)).toEqual([]);
  await expect.poll(lenses).toBe(0);
  await set('gitlens.currentLine.enabled', false);
  await expect.poll(() => decorationTexts(code.page)).toHaveLength(1);
  await set('gitlens.codeLens.enabled', false);
  await expect.poll(lenses).toBeGreaterThan(0);
});
