// A program of the fault tests as one file: it starts many times, and reading fifty sources each time would take most of the run.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../../..');

export async function bundled(program: string): Promise<{ file: string; dispose(): void }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'hearth-fault-program-'));
  const file = path.join(folder, 'program.cjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, program)],
    outfile: file,
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    logLevel: 'warning',
    define: { 'import.meta.dirname': '__dirname' },
  });
  copyFileSync(path.join(root, 'node_modules/sql.js/dist/sql-wasm.wasm'), path.join(folder, 'sql-wasm.wasm'));
  return { file, dispose: () => rmSync(folder, { recursive: true }) };
}
