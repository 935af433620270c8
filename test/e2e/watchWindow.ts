// What the suites of the service, incident and map panels share: a shop whose parts answer as a test says, watched by the window's own hub.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import { openVscode, type Vscode } from '../host/page.ts';
import { countPanels, type PanelCoverage } from '../host/panelCoverage.ts';
import { send } from '../host/workStory.ts';
import { endHub, hubOf } from '../support/hubProcess.ts';
import { createRepository, type Repository } from '../support/repositories/repository.ts';

export const hostile = '<img src=x onerror=alert(1)> **bold** $(trash) שלום';
export const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 90_000 });

export interface Watched {
  readonly code: Vscode;
  readonly repository: Repository;
  readonly ran: PanelCoverage;
  /** Status with which `/NAME` answers from now on; 200 before. */
  readonly statuses: Map<string, number>;
  /** Labels of the open tabs. */
  tabs(): Promise<string[]>;
  press(...keys: string[]): Promise<void>;
  close(): Promise<void>;
}

interface Shop {
  /** `hearth.yaml`; `at(NAME)` is an address whose answer is in `statuses`. */
  readonly config: (at: (name: string) => string) => string;
  /** Before the window opens: more commits, and what a home already holds. */
  readonly prepare?: (repository: Repository) => Promise<{ home?: string }>;
}

/** A repository with a configuration, a window on it, and that configuration applied. */
export async function openWatched({ config, prepare }: Shop): Promise<Watched> {
  const statuses = new Map<string, number>();
  const server = createServer(({ url = '' }, response) => response.writeHead(statuses.get(url.slice(1)) ?? 200).end('Shop'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const repository = createRepository();
  repository.write(
    'hearth.yaml',
    config((name) => `http://127.0.0.1:${port}/${name}`),
  );
  repository.commit('First');
  const { home } = (await prepare?.(repository)) ?? {};
  const code = await openVscode({
    folder: repository.root,
    settings: { 'workbench.colorTheme': 'Default Dark Modern' },
    viewport: { width: 1400, height: 1000 },
    ...(home === undefined ? {} : { env: { HEARTH_HOME: home } }),
  });
  code.page.setDefaultTimeout(60_000);
  const ran = await countPanels(code.page);
  await send(code, 'config/apply', { repository: repository.root });
  await code.command('workbench.action.closeSidebar');
  return {
    ...{ code, repository, ran, statuses },
    tabs: () => code.page.locator('.tab').evaluateAll((tabs) => tabs.map((tab) => tab.textContent ?? '')),
    press: async (...keys) => {
      for (const key of keys) await code.page.keyboard.press(key);
    },
    close: async () => {
      await code.close();
      if (home !== undefined) await endHub(home);
      expect(hubOf(home ?? code.home), 'no hub outlives its suite').toBeUndefined();
      server.closeAllConnections();
      server.close();
      repository.dispose();
    },
  };
}
