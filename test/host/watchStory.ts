// Believable monitors for the pictures of services, incidents and the map: the sample's configuration applied in a real hub, a year behind it,
// and a release that breaks the shop.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { claimFence, fenceOf, readOwner } from '../../server/hub/owner.ts';
import { Store } from '../../server/store/store.ts';
import { endHub, hubOf } from '../support/hubProcess.ts';
import { writePast } from '../support/monitorPast.ts';
import { looseCommit } from '../support/repositories/looseCommit.ts';
import { deploy, writeDeployments } from './deployStory.ts';
import type { Vscode } from './page.ts';
import { send } from './workStory.ts';

interface Row {
  id: string;
  name: string;
  state: string;
}

/** What an answer of each takes, in milliseconds, and when it was down, in hours before now. */
const pasts: Readonly<Record<string, { usual: number; failures?: number[] }>> = {
  home: { usual: 84, failures: [7, 60, 400] },
  search: { usual: 210, failures: [30] },
  payments: { usual: 130 },
  web: { usual: 3, failures: [7] },
  api: { usual: 2 },
};

let broken = false;

/** The shop as its customers see it: a port of this machine that answers while it is not broken. It does not keep the process. */
async function openShop(): Promise<string> {
  const server = createServer(({ url }, response) => {
    setTimeout(
      () => response.writeHead(broken && url !== '/payments' ? 503 : 200, { 'content-type': 'text/plain' }).end('Shop\n'),
      60 + Math.random() * 40,
    );
  });
  server.unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Deploys, applies and watches; once for each home. */
export async function writeMonitors(code: Vscode, folder: string): Promise<void> {
  await writeDeployments(code, folder);
  const repository = folder;
  const listed = async (): Promise<Row[]> => ((await send(code, 'monitor/list', { repository })) as { monitors: Row[] }).monitors;
  if ((await listed()).length > 0) return;
  broken = false;
  const shop = await openShop();
  await send(code, 'config/apply', { repository, rev: 'main' });
  const add = (name: string, service: string, path: string): Promise<unknown> =>
    send(code, 'monitor/add', {
      ...{ repository, name, service, environment: 'production' },
      check: { kind: 'http', url: `${shop}${path}` },
      settings: { interval: 60_000, timeout: 10_000, retryInterval: 1000, failures: 2, assert: ['status == 200', 'time < 2s'] },
    });
  const others = { accounting: ['payments', 'api'], newsletter: ['api'], 'phone-app': ['web', 'api'] };
  for (const [name, dependsOn] of Object.entries(others)) {
    const facts = { type: 'other', owner: 'team office', dependsOn };
    await send(code, 'catalog/save', { repository, name, facts, change: 'They use the shop.', seen: null });
  }
  await add('home', 'web', '/');
  await add('search', 'web', '/search');
  await add('payments', 'payments', '/payments');
  const monitors = await listed();
  await withoutHub(code.home, (store) =>
    store.write({ actor: 'hub', correlationId: 'story' }, (transaction) => {
      for (const { id, name } of monitors) {
        const { usual = 100, failures = [] } = pasts[name] ?? {};
        writePast((sql, values) => transaction.run(sql, values), { monitor: id, now: transaction.now, usual, failures });
      }
    }),
  );
  await until(async () => (await listed()).every(({ state }) => state === 'up'));
}

/** A release with three commits goes live, and the shop does not answer any more; once for each home. */
export async function breakShop(code: Vscode, folder: string): Promise<void> {
  await writeMonitors(code, folder);
  const repository = folder;
  const open = async (): Promise<number> => ((await send(code, 'incident/list', { repository, open: true })) as { open: number }).open;
  if ((await open()) > 0) return;
  const words = looseCommit(
    folder,
    'main',
    { 'docs/orders.md': 'Express orders leave on the same day.\n' },
    'Manual: express orders (#46)',
  );
  const express = looseCommit(
    folder,
    words,
    { 'public/express.html': '<h1>Express delivery</h1>\n', 'deploy/web.Dockerfile': dockerfile },
    'Pages: offer express delivery (#45)',
  );
  const release = looseCommit(folder, express, { 'api/catalog/offers.json': '[]\n' }, 'Catalogue: an empty list of offers (#47)');
  await deploy(code, folder, 'production', release);
  broken = true;
  await send(code, 'monitor/pause', { repository, monitors: ['home', 'search'], paused: true });
  await send(code, 'monitor/pause', { repository, monitors: ['home', 'search'], paused: false });
  await until(async () => (await open()) > 0);
}

/** Ends the hub and writes in its place. The window's server stands still meanwhile: it would start another. */
async function withoutHub(home: string, write: (store: Store) => Promise<unknown>): Promise<void> {
  const hub = hubOf(home);
  const servers = serversOf(home).filter((pid) => pid !== hub);
  for (const pid of servers) process.kill(pid, 'SIGSTOP');
  try {
    await endHub(home);
    const owner = claimFence(home, readOwner(home), { released: true, renew: false });
    if (owner === undefined) throw new Error('somebody else has the home');
    const store = await Store.open({ home, fence: fenceOf(home, owner), log: () => {} });
    await write(store).finally(() => store.close());
  } finally {
    for (const pid of servers) process.kill(pid, 'SIGCONT');
  }
}

/** The servers of windows that use a home. */
function serversOf(home: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      const variables = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      const ours = words.some((word) => word.endsWith('dist/server.js')) && variables.includes(`HEARTH_HOME=${home}`);
      return ours ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

const dockerfile = `FROM busybox:1.36
COPY public /www
COPY deploy/serve.sh /serve.sh
EXPOSE 8080
CMD ["/bin/sh", "/serve.sh"]
`;

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error('the story does not go on');
}
