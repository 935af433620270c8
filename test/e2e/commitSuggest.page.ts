// *Suggest* with a language model of another extension: what it is sent, when it is asked at all, and what becomes of its answer.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';
import { openCommitPanel } from './commitWindow.ts';

let code: Vscode;
let repository: Repository;
let panel: FrameLocator;
const scratch = mkdtempSync(join(tmpdir(), 'hearth-suggest-'));
const asked = join(scratch, 'asked.jsonl');

beforeAll(async () => {
  repository = createRepository();
  repository.git('config', 'user.name', 'Ada');
  repository.git('config', 'user.email', 'ada@example.test');
  repository.write('a.ts', 'export const a = 1;\n');
  repository.commit('Plant');
  code = await openVscode({ folder: repository.root, otherExtensions: [modelExtension()], viewport: { width: 1400, height: 900 } });
  code.page.setDefaultTimeout(60_000);
});
afterAll(async () => {
  await code?.close();
  repository?.dispose();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
});
beforeEach(({ onTestFailed }) => {
  const picture = process.env['HEARTH_HOST_SCREENSHOT'];
  if (picture) onTestFailed(() => code.page.screenshot({ path: picture }).then(() => {}));
});

const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });
const prompts = (): string[] => {
  try {
    return readFileSync(asked, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as string);
  } catch {
    return [];
  }
};

/** An extension whose language model writes down what it was asked, and answers with a fence around a message. */
function modelExtension(): string {
  const folder = join(scratch, 'extension');
  mkdirSync(folder);
  const manifest = {
    name: 'planted-model',
    publisher: 'hearth-test',
    version: '1.0.0',
    engines: { vscode: '^1.100.0' },
    main: './main.js',
    activationEvents: ['onStartupFinished'],
    contributes: { languageModelChatProviders: [{ vendor: 'planted', displayName: 'Planted' }] },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  writeFileSync(
    join(folder, 'main.js'),
    `const vscode = require('vscode');
const { appendFileSync } = require('node:fs');
exports.activate = () => {
  vscode.lm.registerLanguageModelChatProvider('planted', {
    provideLanguageModelChatInformation: async () => [
      { id: 'planted', name: 'Planted model', family: 'planted', version: '1', maxInputTokens: 100000, maxOutputTokens: 1000, capabilities: {}, isUserSelectable: true },
    ],
    provideLanguageModelChatResponse: async (_model, messages, _options, progress) => {
      const text = messages.flatMap(({ content }) => content).map((part) => part.value ?? '').join('');
      appendFileSync(${JSON.stringify(asked)}, JSON.stringify(text) + '\\n');
      progress.report(new vscode.LanguageModelTextPart('\`\`\`\\nCount from two\\n\\n'));
      progress.report(new vscode.LanguageModelTextPart('One was too few.\\n\`\`\`'));
    },
    provideTokenCount: async (_model, text) => String(text).length,
  });
};
`,
  );
  return folder;
}

/** VS Code asks whether Hearth may use the model of another extension: once. */
async function allow(): Promise<void> {
  const button = code.page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Allow' });
  await eventually(async () => (await button.count()) + (await panel.getByText('Suggested by').count())).toBeGreaterThan(0);
  if ((await button.count()) > 0) await button.click();
}

test('nothing is sent before the button is pressed; then the staged patch is, and the answer is the message', async () => {
  repository.write('a.ts', 'export const a = 2;\n');
  repository.git('add', 'a.ts');
  repository.write('a.ts', 'export const a = 3;\n');
  panel = await openCommitPanel(code, repository.root);
  await panel.locator('.commit-button', { hasText: '1 file' }).waitFor();
  expect(prompts()).toEqual([]);
  // The other extension starts when VS Code has time.
  await eventually(() => code.evaluate(async (vscode) => (await vscode.lm.selectChatModels()).length)).toBe(1);
  await panel.getByRole('button', { name: 'Suggest' }).click();
  await allow();
  await panel.getByText('Suggested by Planted model.').waitFor();
  expect(await panel.locator('#message').inputValue()).toBe('Count from two\n\nOne was too few.');
  const [prompt = ''] = prompts();
  expect(prompt).toContain('+export const a = 2;');
  expect(prompt, 'what is not staged stays here').not.toContain('a = 3');
});

test('a long change is cut', async () => {
  const before = prompts().length;
  repository.write('long.txt', `${Array.from({ length: 20_000 }, (_, line) => `line number ${line}`).join('\n')}\n`);
  repository.git('add', 'long.txt');
  await panel.locator('.commit-button', { hasText: '2 files' }).waitFor();
  await panel.getByRole('button', { name: 'Suggest' }).click();
  await eventually(() => prompts().length).toBe(before + 1);
  const prompt = prompts().at(-1) ?? '';
  expect(prompt.length).toBeLessThan(62_000);
  expect(prompt).toContain('longer than what is shown');
  expect(prompt).toContain('line number 100');
  repository.git('reset', '--quiet', '--', 'long.txt');
  repository.remove('long.txt');
  await panel.locator('.commit-button', { hasText: '1 file' }).waitFor();
});

test('what looks like a secret is never sent', async () => {
  const before = prompts().length;
  repository.write('deploy.env', `AWS_SECRET_ACCESS_KEY=${'wJalrXUtnFEMIbK7MDENG'}${'bPxRfiCYzzzz1234567'}\n`);
  repository.git('add', 'deploy.env');
  await panel.locator('.finding', { hasText: 'deploy.env:1' }).waitFor();
  await panel.getByRole('button', { name: 'Suggest' }).click();
  await panel.getByText('The language model was not asked').waitFor();
  expect(prompts()).toHaveLength(before);
});
