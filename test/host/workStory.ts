// A believable plan for the pictures of the Work view and of items: made through the real server, on branches of the sample.
import { execFileSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VscodeWindow } from './page.ts';

interface Item {
  id: number;
  notes: string;
  checklist: { id: string; text: string }[];
}

/** Sends a request over the extension's own connection. */
export function send(code: VscodeWindow, method: string, params: object): Promise<unknown> {
  return code.evaluate(
    async (vscode, name, given) => {
      const api = await vscode.extensions.getExtension('hearth-dev.hearth')?.activate();
      const shell = await api.shell;
      return (await shell.server.send({ method: name }, given)) ?? null;
    },
    method,
    params,
  );
}

/** Plans, starts, reviews and merges; the item of the picture stays checked out. Answers its number. */
export async function writeWork(code: VscodeWindow, folder: string): Promise<number> {
  let clock = Math.floor(Date.now() / 1000) - 40 * 3600;
  const git = (...args: string[]): string => {
    clock += 2 * 3600;
    const date = `${clock} +0000`;
    const env = { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8', env });
  };
  const trunk = 'main';
  // Other pictures were taken of the same folder before.
  git('checkout', '-q', '-f', trunk);
  for (const branch of git('branch', '--list', 'work/*', '--format=%(refname:short)').split('\n').filter(Boolean))
    git('branch', '-q', '-D', branch);
  git('stash', '--quiet', '--include-untracked');
  const repository = folder;
  const create = async (title: string, type: string, more: object = {}): Promise<Item> =>
    ((await send(code, 'work/create', { repository, title, type, ...more })) as { item: Item }).item;
  const start = (id: number, branch: string) => send(code, 'work/start', { repository, id, branch, base: trunk });
  const note = (item: Item, to: string) => send(code, 'work/edit', { repository, id: item.id, notes: { from: item.notes, to } });
  const tick = (item: Item, count: number) =>
    Promise.all(
      item.checklist
        .slice(0, count)
        .map(({ id: check }) => send(code, 'work/check', { repository, id: item.id, action: { kind: 'tick', check, done: true } })),
    );
  const commit = (file: string, text: string, subject: string): void => {
    appendFileSync(join(folder, file), text);
    git('add', file);
    git('commit', '-q', '--no-verify', '-m', subject);
  };
  await create('Load test before Black Friday', 'spike', { tags: ['performance'] });
  await create('Invoice numbers without gaps', 'feature', { due: '2027-01-15', assignee: 'Grace Hopper' });
  await create('Carrier rates are rounded twice', 'fix', { tags: ['checkout'] });
  await create('Move the image store to another region', 'infrastructure');
  const old = await create('Old coupons are gone for good', 'chore', { checklist: [] });
  await send(code, 'work/move', { repository, id: old.id, to: 'canceled' });

  const review = await create('Cancelled orders: tell accounting', 'feature', { tags: ['accounting'], assignee: 'Ada Lovelace' });
  await start(review.id, `work/${review.id}-tell-accounting`);
  commit('docs/orders.md', 'Accounting hears of every cancelled order.\n', 'Orders: tell accounting about cancelled ones');
  await note(review, 'Accounting asked for a mail per cancelled order.');
  await tick(review, review.checklist.length);
  await send(code, 'work/move', { repository, id: review.id, to: 'review' });

  const faster = await create('Faster login', 'feature', {
    tags: ['login', 'performance'],
    assignee: 'Ada Lovelace',
    due: '2026-12-04',
    checklist: [
      'Measure it first',
      'Keep the session in the cache',
      'Sign out everywhere still works',
      'Say it in the manual',
      'Ask support to try it',
    ],
  });
  await start(faster.id, `work/${faster.id}-faster-login`);
  commit('src/checkout/cart.ts', '\n// The session is read once.\n', 'Session: read it once per request');
  commit('src/checkout/checkout.ts', '\n// The cache knows who is signed in.\n', 'Login: ask the cache before the database');
  writeFileSync(join(folder, 'docs/login.md'), 'How the session is cached.\n');
  git('add', 'docs/login.md');
  git('commit', '-q', '--no-verify', '-m', 'Manual: how the session is cached');
  await note(
    faster,
    'Login takes 1.8 s for a customer with many orders, because the session is read from the database four times.\n\nIt is read once now and kept in the cache for ten minutes. Signing out removes it at once.',
  );
  await tick(faster, 3);
  await send(code, 'work/comment', {
    repository,
    id: faster.id,
    action: { kind: 'add', text: 'Measured on staging: 0.4 s instead of 1.8 s.' },
  });
  await send(code, 'work/reconcile', { repository });
  return faster.id;
}
