// What the terminal says when git or a hook refuses: a sentence, what to do, what was printed; nothing that moves the cursor.
import { chmodSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cli } from '../../support/cli.ts';
import { HubHome } from '../../support/hub.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

let repository: Repository;
let home: HubHome;
beforeEach(() => {
  home = new HubHome();
  repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.commit('First');
});
afterEach(async () => {
  repository.dispose();
  await home.dispose();
});

test('a hook that refuses a commit is heard in full, and its colours are not', async () => {
  repository.git('config', 'user.name', 'Ada Example');
  repository.git('config', 'user.email', 'ada@example.test');
  repository.git('config', 'core.hooksPath', repository.path('.git/hooks'));
  repository.write(
    '.git/hooks/pre-commit',
    `#!/bin/sh\nprintf '\\033[31mtwo tests fail\\033[0m\\nlogin.test: expected 1\\n' >&2\nexit 1\n`,
  );
  chmodSync(repository.path('.git/hooks/pre-commit'), 0o755);
  repository.write('a.txt', 'two\n');
  repository.git('add', '-A');
  const { code, stderr } = await cli(['commit', '-m', 'Two'], { cwd: repository.root, env: home.env });
  expect(code).toBe(1);
  expect(stderr.split('\n')).toEqual([
    'hearth: The commit was refused: ^[[31mtwo tests fail^[[0m. The details say what git and the hooks printed.',
    '  ^[[31mtwo tests fail^[[0m',
    '  login.test: expected 1',
    '',
  ]);
  expect(repository.git('status', '--porcelain')).toBe('M  a.txt');
});
