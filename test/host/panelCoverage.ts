// Which code of the panels' bundles a page of ring 2 runs, for .ci/coverage.mjs.
//
//   const code = await openVscode({ … });
//   const ran = await countPanels(code.page);   // before the panel opens
//   afterEach(() => ran.keep());
//
// V8 counts the whole page, VS Code included, so a suite asks for it. Without HEARTH_PAGE_COVERAGE (see parts.ts) nothing happens.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { repository } from './bundle.ts';

export interface PanelCoverage {
  /** Writes what ran since the last time. After each test, because what a page counted goes with its process: a reload, a crash. */
  keep(): Promise<void>;
}

/** A page that is busy or gone may never answer the debugger. Counting must not decide about tests: it gives up, and says so. */
const patience = 15_000;

export async function countPanels(page: Page): Promise<PanelCoverage> {
  const folder = process.env['HEARTH_PAGE_COVERAGE'];
  if (folder === undefined) return { keep: async () => {} };
  let files = 0;
  let lost = false;
  const counted = async <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> => {
    if (lost) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${patience / 1000} s`)), patience);
    });
    try {
      return await Promise.race([ask(), late]);
    } catch (error) {
      lost = true;
      console.error(`The coverage of this page is not counted from here on (${what}): ${error instanceof Error ? error.message : error}`);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  };
  const session = await counted('start', async () => {
    const debug = await page.context().newCDPSession(page);
    await debug.send('Profiler.enable');
    await debug.send('Profiler.startPreciseCoverage', { callCount: false, detailed: true });
    return debug;
  });
  return {
    async keep() {
      const taken = await counted('keep', async () => session?.send('Profiler.takePreciseCoverage'));
      // As Node writes it, with the address a spawned process would have for the bundle.
      const result = (taken?.result ?? []).flatMap((script) => {
        const name = /\/dist\/webviews\/([^/?]+\.js)(?:\?.*)?$/.exec(script.url)?.[1];
        return name === undefined ? [] : [{ ...script, url: pathToFileURL(join(repository, 'dist/webviews', name)).href }];
      });
      if (result.length > 0) writeFileSync(join(folder, `page-${process.pid}-${files++}.json`), JSON.stringify({ result }));
    },
  };
}
