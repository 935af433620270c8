import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A commit on top of another with these files changed; one that starts with `#!` is executable. Work tree, index and branches stay as they
 * are. Answers its id.
 */
export function looseCommit(repository: string, parent: string, files: Record<string, string>, subject: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-index-'));
  const env = { ...process.env, GIT_INDEX_FILE: join(folder, 'index') };
  const git = (args: string[], input?: string): string =>
    execFileSync('git', args, { cwd: repository, env, encoding: 'utf8', ...(input === undefined ? {} : { input }) }).trim();
  try {
    git(['read-tree', parent]);
    for (const [path, text] of Object.entries(files)) {
      const mode = text.startsWith('#!') ? '100755' : '100644';
      git(['update-index', '--add', '--cacheinfo', `${mode},${git(['hash-object', '-w', '--stdin'], text)},${path}`]);
    }
    const who = ['-c', 'user.name=Ada Lovelace', '-c', 'user.email=ada@example.com'];
    return git([...who, 'commit-tree', git(['write-tree']), '-p', parent, '-m', subject]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
