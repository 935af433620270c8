// Bundles test code that runs inside the extension host (CommonJS, `vscode` and `mocha` from outside).
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { removeAtExit } from './provision.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export interface Bundle {
  /** Bundled files, in the order of the entries. */
  files: string[];
  remove(): void;
}

/** Inside the repository, so that `require('mocha')` resolves; one folder per process, so that two runs do not disturb each other. */
export async function bundleForHost(entries: string[]): Promise<Bundle> {
  const folder = join(repository, '.cache', `host-${process.pid}-${Math.random().toString(36).slice(2, 8)}`);
  mkdirSync(folder, { recursive: true });
  removeAtExit(folder);
  const names = entries.map((_, index) => `part${index}`);
  await build({
    entryPoints: Object.fromEntries(entries.map((entry, index) => [names[index], entry])),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
    mainFields: ['module', 'main'],
  });
  return {
    files: names.map((name) => join(folder, `${name}.cjs`)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
