import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** Runs in a process of its own: opens files until there are none left, asks git, gives them back, asks again. */
const program = `
  import { closeSync, openSync } from 'node:fs';
  import { runGit, processCounts } from './server/git/process.ts';
  const ask = () => runGit(['--version'], { cwd: '.' }).then(({ stdout }) => stdout.toString().slice(0, 11), (error) => error.reason);
  await ask();
  const open = [];
  try { for (;;) open.push(openSync('/dev/null')); } catch {}
  const without = await ask();
  for (const each of open) closeSync(each);
  console.log(JSON.stringify({ without, again: await ask(), running: processCounts().running }));
`;

describe('no file descriptors', () => {
  it('git that cannot be started is one sentence, ends nobody, and works again later', () => {
    const node = [process.execPath, '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', '--input-type=module', '--eval', program];
    const output = execFileSync('sh', ['-c', 'ulimit -n 60; exec "$@"', 'sh', ...node], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual({ without: 'io', again: 'git version', running: 0 });
  });
});
