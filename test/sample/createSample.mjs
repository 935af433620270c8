import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
export async function createSample(folder) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(folder + '/a.ts', 'export const a = 1;\n');
  const git = (...a) => execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b', ...a], { cwd: folder });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'first');
}
