// A static site whose hub is killed at a point of its journal, and what must hold afterwards.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as deploy from '../../../server/protocol/deploy.ts';
import type { Deployment, DeploymentState } from '../../../server/protocol/deployTypes.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { baseImage } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';
import { SiteRepository } from '../../support/siteRepository.ts';
import { ownHub } from './hubs.ts';
import { survived } from './tally.ts';

/** What is done when the hub is killed, and what becomes of it. `broken`: its build fails. */
export const siteActs = {
  deploy: 'live',
  rollback: 'live',
  broken: 'failed',
  remove: 'removed',
} as const satisfies Record<string, DeploymentState>;
export type SiteAct = keyof typeof siteActs;

const build = (run: string) => `output: out\nbuild: { run: "${run}", image: "${baseImage}" }`;

export class SiteCase {
  readonly bench: DeployBench;
  readonly site: SiteRepository;
  readonly #commits: Record<'one' | 'two' | 'broken', string>;

  private constructor(bench: DeployBench) {
    this.bench = bench;
    this.site = new SiteRepository(bench);
    this.#commits = {
      one: this.site.version('one', build('cp -r site out')),
      two: this.site.version('two', build('cp -r site out')),
      broken: this.site.version('broken', build('cp -r site out; exit 1')),
    };
  }

  /** One version is live, another was before it. */
  static async open(): Promise<SiteCase> {
    const made = new SiteCase(await DeployBench.open());
    try {
      for (const rev of [made.#commits.one, made.#commits.two]) await made.bench.deploy({ rev });
      return made;
    } catch (error) {
      await made.dispose();
      throw error;
    }
  }

  /** All points of the journal that an act passes. */
  async points(act: SiteAct): Promise<string[]> {
    const folder = mkdtempSync(path.join(tmpdir(), 'hearth-points-'));
    const file = path.join(folder, 'points');
    writeFileSync(file, '');
    try {
      await this.#run(act, undefined, { HEARTH_DEPLOY_POINTS: file });
      return [...new Set(readFileSync(file, 'utf8').split('\n'))].filter((point) => point !== '');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Kills the hub when it passes a point of an act, lets the next one go on, and answers what does not hold then. */
  killedAt(act: SiteAct, point: string): Promise<string[]> {
    return this.#run(act, point, { HEARTH_DEPLOY_FAULT: point });
  }

  async #run(act: SiteAct, point: string | undefined, env: Record<string, string>): Promise<string[]> {
    const { bench } = this;
    const before = (await bench.live()).get('docs');
    const hub = await ownHub(bench.home.path, { ...bench.home.env, ...env });
    const watched = this.#watch(act);
    const problems: string[] = [];
    // Whoever asked may be told that the hub was lost; the next one goes on all the same.
    const acted = this.#act(act, before).catch(() => undefined);
    if (point !== undefined) {
      const ended = hub.ended.then(({ signal }) => signal);
      const outcome = await Promise.race([ended, acted.then(() => this.#allEnded()).then(() => 'ended' as const)]);
      if (outcome === 'SIGKILL') survived('kills');
      else problems.push(`the point was never reached (${outcome})`);
    }
    await acted;
    const deployments = await this.#allEnded();
    problems.push(...(await this.#broken(act, before, deployments)), ...(await watched()));
    if (act === 'remove') await bench.deploy({ rev: this.#commits.one });
    return problems;
  }

  async #act(act: SiteAct, live: Deployment | undefined): Promise<unknown> {
    const { bench } = this;
    const { one, two, broken } = this.#commits;
    switch (act) {
      case 'deploy':
        return bench.send(deploy.run, { environment: 'production', rev: live?.commit === two ? one : two, confirmed: true });
      case 'broken':
        return bench.send(deploy.run, { environment: 'production', rev: broken, confirmed: true });
      case 'rollback':
        return bench.send(deploy.rollback, { environment: 'production', service: 'docs', to: (await this.#earlier(live))?.id ?? 'none' });
      case 'remove':
        return until(() =>
          bench.send(deploy.remove, { environment: 'production', confirmed: true }).then(
            () => true,
            () => false,
          ),
        );
    }
  }

  /** A release of the other version that is kept. */
  async #earlier(live: Deployment | undefined): Promise<Deployment | undefined> {
    const { deployments } = await this.bench.send(deploy.list, { limit: 1000 });
    const kept = this.site.releases();
    return deployments.find(({ id, state, commit }) => state === 'retired' && commit !== live?.commit && kept.includes(id));
  }

  async #allEnded(): Promise<Deployment[]> {
    return until(async () => {
      const { deployments } = await this.bench.send(deploy.list, { limit: 1000 });
      return deployments.every(({ ended }) => ended !== null) && deployments;
    });
  }

  async #broken(act: SiteAct, before: Deployment | undefined, deployments: readonly Deployment[]): Promise<string[]> {
    const { bench, site } = this;
    const problems: string[] = [];
    const must = (holds: boolean, otherwise: string) => {
      if (!holds) problems.push(otherwise);
    };
    const concerned = act === 'remove' ? deployments.find(({ id }) => id === before?.id) : deployments[0];
    must(concerned?.state === siteActs[act], `it ended as ${concerned?.state}: ${concerned?.reason}`);
    await bench.send(deploy.reconcile, {});
    const left = await bench.send(deploy.reconcile, { dryRun: true });
    must(left.actions.length === 0, `there is more to reconcile: ${JSON.stringify(left.actions)}`);
    const live = deployments.filter(({ state }) => state === 'live');
    must(live.length === (act === 'remove' ? 0 : 1), `${live.length} are live`);
    if (act === 'broken') must(live[0]?.id === before?.id, 'another one than before is live');
    const version = live[0] === undefined ? undefined : live[0].commit === this.#commits.one ? 'version one' : 'version two';
    must(site.served() === version, `${site.served()} is served instead of ${version}`);
    must(bench.containers().length === 0, `containers are left: ${JSON.stringify(bench.containers())}`);
    const known = new Set(deployments.filter(({ liveSince }) => liveSince !== null).map(({ id }) => id));
    const strange = site.releases().filter((name) => !known.has(name));
    must(strange.length === 0, `there are folders that were never live: ${strange}`);
    const links = readdirSync(site.root).filter((name) => name.startsWith('.current'));
    must(links.length === 0, `links are left: ${links}`);
    const works = readdirSync(path.join(bench.home.path, 'work'));
    must(works.length === 0, `work is left: ${works}`);
    const target = deployments.find(({ state, liveSince, rollbackTo }) => state === 'retired' && liveSince !== null && rollbackTo === null);
    const rollback = target === undefined ? undefined : (await bench.send(deploy.show, { id: target.id })).deployment.rollback;
    must(target === undefined || site.releases().includes(target.id) === (rollback === 'possible'), `one cannot go back: ${rollback}`);
    return problems;
  }

  /** From outside: every file that is read is whole and of one of the versions, whatever is killed. */
  #watch(act: SiteAct): () => Promise<string[]> {
    if (act === 'remove') return async () => [];
    const wrong = new Set<string | undefined>();
    let stopped = false;
    const watching = (async () => {
      while (!stopped) {
        const seen = this.site.served('part/a.txt');
        if (seen !== 'version one' && seen !== 'version two') wrong.add(seen);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    return async () => {
      stopped = true;
      await watching;
      return [...wrong].map((each) => `${each} was served`);
    };
  }

  async dispose(): Promise<void> {
    await this.bench.dispose();
    this.site.dispose();
  }
}
