// Packs dist/hearth.vsix once for ring 3 (vitest's global set-up), unless HEARTH_TEST_VSIX names a package to try.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from './bundle.ts';

export function setup(): void {
  if (process.env['HEARTH_TEST_VSIX']) return;
  run('.ci/package.mjs');
  run('esbuild.mjs'); // whoever comes next wants dist/ as it was, with source maps
  process.env['HEARTH_TEST_VSIX'] = join(repository, 'dist/hearth.vsix');
}

function run(script: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd: repository, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script} failed:\n${stdout}${stderr}`);
}
