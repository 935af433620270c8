// Deployments whose hub is killed at a point of its journal, and the seven invariants that must hold afterwards.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as deploy from '../../../server/protocol/deploy.ts';
import type { Deployment, DeploymentState } from '../../../server/protocol/deployTypes.ts';
import { startCaddy, type TestCaddy } from '../../support/caddy.ts';
import { DeployBench, type Mode } from '../../support/deployBench.ts';
import { baseImage } from '../../support/docker.ts';
import { freePort } from '../../support/freePort.ts';
import { until } from '../../support/processes.ts';
import { ownHub } from './hubs.ts';
import { survived } from './tally.ts';

const host = 'shop.example.test';
const volume = 'data';
/** Requests are on their way all the time: none takes longer, however busy the machine is. */
const drain = '1500ms';

/** How the service is deployed, and so in which steps: behind a route, with a port of the machine, with a volume of its own, with a migration. */
export const kinds = ['route', 'port', 'volume', 'migrate'] as const;
export type Kind = (typeof kinds)[number];

/** What is done when the hub is killed, and what may become of it. */
export const acts = {
  deploy: ['live'],
  rollback: ['live'],
  sick: ['failed'],
  late: ['rolled-back', 'failed'],
  smoky: ['rolled-back'],
  cancel: ['canceled'],
  remove: ['removed'],
} as const satisfies Record<string, readonly DeploymentState[]>;
export type Act = keyof typeof acts;

export class DeployCase {
  readonly kind: Kind;
  readonly bench: DeployBench;
  readonly #caddy: TestCaddy | undefined;
  readonly #commits = new Map<Mode | 'other' | 'smoky', string>();
  readonly #bystanders: string[] = [];
  readonly #port: number;
  #before: { bystanders: string; volumes: string } = { bystanders: '', volumes: '' };

  private constructor(kind: Kind, bench: DeployBench, caddy: TestCaddy | undefined, port: number) {
    this.kind = kind;
    this.bench = bench;
    this.#caddy = caddy;
    this.#port = port;
  }

  /** Versions that were made for a deployment of their own. */
  #made = 0;

  /** One that shall die after the switch dies when clients are told that the old one is drained. */
  #ending = false;

  /** One version is live, another was before it. */
  static async open(kind: Kind): Promise<DeployCase> {
    const caddy = kind === 'route' || kind === 'migrate' ? await startCaddy() : undefined;
    const made = new DeployCase(kind, await DeployBench.open(), caddy, await freePort());
    try {
      await made.#prepare();
      return made;
    } catch (error) {
      await made.dispose();
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    for (const [name, mode] of [
      ['other', 'good'],
      ['good', 'good'],
      ['sick', 'sick'],
      ['late', 'late'],
      ['deaf', 'deaf'],
      ['smoky', 'good'],
    ] as const) {
      this.#commits.set(name, this.#version(name, mode));
    }
    await this.bench.deploy({ rev: this.#commits.get('other') ?? '' });
    await this.bench.deploy({ rev: this.#commits.get('good') ?? '' });
    this.#standBy();
    this.bench.server.onNotification(deploy.changed, ({ deployments }) => {
      if (this.#ending && deployments.some(({ phase }) => phase === 'draining')) this.#endLate();
    });
  }

  #version(name: string, mode: Mode): string {
    const more = {
      route: `route: { host: ${host}, path: / }\ndrain: ${name === 'late' ? '30s' : drain}\nhooks: { before: "echo before", after: "echo after" }`,
      port: `publish: ${this.#port}\nhooks: { before: "echo before" }`,
      volume: `volumes: ["${volume}:/data"]\nhooks: { before: "echo before >> /data/hook" }`,
      migrate: `route: { host: ${host}, path: / }\ndrain: ${drain}\nvolumes: ["${volume}:/data"]\n${migration(name === 'smoky')}`,
    }[this.kind];
    const routing =
      this.#caddy === undefined ? '{}' : `{ routing: { kind: caddy, admin: "${this.#caddy.admin}", entry: "${this.#caddy.entry}" } }`;
    return this.bench.version(name, mode, { web: { more } }, `production: ${routing}`);
  }

  /** What nobody of ours may touch: nobody's container, and one of another owner under our project's name. */
  #standBy(): void {
    const { bench } = this;
    const run = (name: string, ...labels: string[]) => {
      const args = labels.flatMap((each) => ['--label', each]);
      this.#bystanders.push(bench.docker('run', '-d', '--name', `${bench.project}-${name}`, ...args, baseImage, 'sleep', '100000'));
    };
    run('nobodys', `hearth.environment=production`);
    run(
      'anothers',
      'hearth.managed=1',
      'hearth.owner=somebody-else',
      'hearth.environment=production',
      'hearth.service=web',
      'hearth.role=service',
    );
    if (this.kind === 'volume' || this.kind === 'migrate') {
      const [live] = bench.containers('label=hearth.role=service');
      bench.docker('exec', live?.name ?? '', 'sh', '-c', 'echo kept > /data/kept');
    }
  }

  /** All points of the journal that an act passes. */
  async points(act: Act): Promise<string[]> {
    const folder = mkdtempSync(path.join(tmpdir(), 'hearth-points-'));
    const file = path.join(folder, 'points');
    writeFileSync(file, '');
    try {
      await this.#killedAt(act, undefined, { HEARTH_DEPLOY_POINTS: file });
      return [...new Set(readFileSync(file, 'utf8').split('\n'))].filter((point) => point !== '');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** Kills the hub when it passes a point of an act, lets the next one go on, and answers what does not hold then. */
  killedAt(act: Act, point: string): Promise<string[]> {
    return this.#killedAt(act, point, { HEARTH_DEPLOY_FAULT: point });
  }

  async #killedAt(act: Act, point: string | undefined, env: Record<string, string>): Promise<string[]> {
    const { bench } = this;
    const before = (await bench.live()).get('web');
    this.#before = this.#present();
    const hub = await ownHub(bench.home.path, { ...bench.home.env, ...env });
    const watch = this.#watch(act);
    const problems: string[] = [];
    // Whoever asked may be told that the hub was lost; the next one goes on all the same.
    const acted = this.#act(act).catch(() => undefined);
    if (point !== undefined) {
      const ended = hub.ended.then(({ signal }) => signal);
      const outcome = await Promise.race([ended, acted.then(() => this.#allEnded()).then(() => 'ended' as const)]);
      if (outcome === 'SIGKILL') {
        survived('kills');
        if (act !== 'remove' && this.#caddy !== undefined && !this.#somethingRuns()) problems.push('nothing runs after the kill');
      } else problems.push(`the point was never reached (${outcome})`);
    }
    await acted;
    await this.#allEnded();
    problems.push(...(await this.#broken(act, before)));
    problems.push(...(await watch()));
    if (act === 'remove') await this.bench.deploy({ rev: this.#commits.get('good') ?? '', confirmed: true });
    return problems;
  }

  async #act(act: Act): Promise<void> {
    const { bench } = this;
    const run = (name: Mode | 'other' | 'smoky') =>
      bench.send(deploy.run, { environment: 'production', rev: this.#commits.get(name) ?? '', confirmed: true }).then(({ run: id }) => id);
    switch (act) {
      case 'deploy': {
        // A migration runs once for an image: here each deployment has another one.
        if (this.kind === 'migrate') this.#commits.set('good', this.#version(`good ${++this.#made}`, 'good'));
        const live = (await bench.live()).get('web');
        await run(live?.commit === this.#commits.get('good') ? 'other' : 'good');
        return;
      }
      case 'rollback': {
        const { deployments } = await bench.send(deploy.list, { limit: 1000 });
        const live = deployments.find(({ state }) => state === 'live');
        const to = deployments.find(
          ({ state, rollbackTo, commit }) => state === 'retired' && rollbackTo === null && commit !== live?.commit,
        );
        await bench.send(deploy.rollback, { environment: 'production', service: 'web', to: to?.id ?? 'none' });
        return;
      }
      case 'sick':
      case 'late':
      case 'smoky':
        await run(act);
        return;
      case 'cancel': {
        const id = await run('deaf');
        await until(async () => (await this.#ofRun(id))?.phase === 'health-check' || (await this.#ofRun(id))?.ended !== null);
        const made = await this.#ofRun(id);
        // Said again when the hub was lost before it answered.
        await until(() =>
          bench.send(deploy.cancel, { ids: [made?.id ?? ''] }).then(
            () => true,
            () => false,
          ),
        );
        return;
      }
      case 'remove':
        await until(() =>
          bench.send(deploy.remove, { environment: 'production', confirmed: true }).then(
            () => true,
            () => false,
          ),
        );
        return;
    }
  }

  async #ofRun(run: string): Promise<Deployment | undefined> {
    const { deployments } = await this.bench.send(deploy.list, { run });
    return deployments[0];
  }

  /** I5: every deployment reaches an end; the test's own limit ends this when it does not. */
  async #allEnded(): Promise<void> {
    await until(async () => {
      const { deployments } = await this.bench.send(deploy.list, { limit: 1000 });
      return deployments.every(({ ended }) => ended !== null);
    });
  }

  async #broken(act: Act, before: Deployment | undefined): Promise<string[]> {
    const { bench } = this;
    const problems: string[] = [];
    const must = (holds: boolean, otherwise: string) => {
      if (!holds) problems.push(otherwise);
    };
    const { deployments } = await bench.send(deploy.list, { limit: 1000 });
    const [last] = deployments;
    const live = deployments.filter(({ state }) => state === 'live');
    const concerned = act === 'remove' ? deployments.find(({ id }) => id === before?.id) : last;
    must(
      (acts[act] as readonly DeploymentState[]).includes(concerned?.state ?? 'running'),
      `it ended as ${concerned?.state}: ${concerned?.reason}`,
    );
    // I4: one reconcile leaves no orphan, and finds nothing more to do.
    await bench.send(deploy.reconcile, {});
    const left = await bench.send(deploy.reconcile, { dryRun: true });
    must(left.actions.length === 0, `I4: there is more to reconcile: ${JSON.stringify(left.actions)}`);
    const shouldRun = live.map(({ id }) => `hearth-${bench.project}-production-web-${id.slice(0, 12)}`);
    const runs = bench.containers();
    must(
      JSON.stringify(runs) === JSON.stringify(shouldRun.map((name) => ({ name, state: 'running' }))),
      `I2, I4: ${JSON.stringify(runs)} instead of ${shouldRun}`,
    );
    must(live.length === (act === 'remove' ? 0 : 1), `I2: ${live.length} are live`);
    if (act === 'sick' || act === 'late' || act === 'smoky' || act === 'cancel')
      must(live[0]?.id === before?.id, 'I1: another one than before is live');
    if (live[0] !== undefined) {
      const version = bench.repository.git('show', `${live[0].commit}:www/version`);
      const answer = await this.#ask();
      must(answer === `200 ${version}`, `I1: it answers ${answer} instead of ${version}`);
    }
    if (this.kind === 'migrate') problems.push(...this.#migratedWrongly(act));
    const now = this.#present();
    must(now.bystanders === this.#before.bystanders, `I3: something else was touched:\n${this.#before.bystanders}\n${now.bystanders}`);
    must(now.volumes === this.#before.volumes, `I6: volumes were ${this.#before.volumes}, are ${now.volumes}`);
    const target = deployments.find(({ state, liveSince, commit }) => state !== 'live' && liveSince !== null && commit !== live[0]?.commit);
    const rollback = target === undefined ? undefined : (await bench.send(deploy.show, { id: target.id })).deployment.rollback;
    must(rollback === 'possible' || rollback === 'never-live', `I7: one cannot go back: ${rollback}`);
    return problems;
  }

  #present(): { bystanders: string; volumes: string } {
    const { bench } = this;
    const bystanders = bench.docker(
      'inspect',
      '--format',
      '{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{json .NetworkSettings.Networks}}',
      ...this.#bystanders,
    );
    const volumes = bench.docker('volume', 'ls', '-q', '--filter', `label=hearth.project=${bench.project}`);
    const kept = volumes === '' ? '' : bench.docker('run', '--rm', '-v', `${volumes.split('\n')[0]}:/data`, baseImage, 'cat', '/data/kept');
    return { bystanders, volumes: `${volumes} ${kept}` };
  }

  /** I8: a migration runs once, and is taken back once when its deployment is. */
  #migratedWrongly(act: Act): string[] {
    const mount = `hearth-${this.bench.project}-production-${volume}:/data`;
    const text = this.bench.docker('run', '--rm', '-v', mount, baseImage, 'cat', '/data/migrations');
    const last = new Map<string, string>();
    const problems: string[] = [];
    for (const line of text.split('\n')) {
      const [, word = '', version = ''] = /^(run|back) (.*)$/.exec(line) ?? [];
      if ((last.get(version) ?? 'back') === word) problems.push(`I8: "${line}" again`);
      last.set(version, word);
    }
    const taken = { sick: 'sick', smoky: 'smoky', cancel: 'deaf', deploy: '', rollback: '', late: '', remove: '' }[act];
    if (last.get(taken) === 'run') problems.push(`I8: the migration of ${taken} was not taken back`);
    return problems;
  }

  #endLate(): void {
    this.#ending = false;
    const ids = this.bench.docker(
      'ps',
      '-q',
      '--filter',
      `label=hearth.project=${this.bench.project}`,
      '--filter',
      `label=hearth.commit=${this.#commits.get('late')}`,
    );
    for (const id of ids.split('\n').filter((each) => each !== '')) this.bench.docker('kill', '--signal', 'TERM', id);
  }

  #somethingRuns(): boolean {
    return this.bench.containers('label=hearth.role=service', 'status=running').length > 0;
  }

  /** I1, from outside: behind a route every answer is one of the service, whatever is killed. Answers how to stop, and what was wrong. */
  #watch(act: Act): () => Promise<string[]> {
    if (this.#caddy === undefined || act === 'remove') return async () => [];
    this.#ending = act === 'late';
    const wrong: string[] = [];
    let stopped = false;
    const watching = (async () => {
      while (!stopped) {
        const answer = await this.#ask().catch(() => undefined);
        // Reloading its configuration this Caddy may reset a connection; what it answers must be right.
        if (answer !== undefined && !answer.startsWith('200') && act !== 'late') wrong.push(`I1: it answered ${answer}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    return async () => {
      stopped = true;
      await watching;
      return wrong.slice(0, 3);
    };
  }

  async #ask(): Promise<string> {
    if (this.kind === 'volume') {
      const [live] = this.bench.containers('label=hearth.role=service', 'status=running');
      return this.bench.ask(live?.name ?? '');
    }
    const url = this.#caddy === undefined ? `http://127.0.0.1:${this.#port}/version` : `${this.#caddy.entry}/version`;
    return ask(url, this.#caddy === undefined ? '127.0.0.1' : host);
  }

  async dispose(): Promise<void> {
    if (this.#bystanders.length > 0) this.bench.docker('rm', '-f', ...this.#bystanders);
    await this.bench.dispose();
    await this.#caddy?.dispose();
  }
}

function migration(smoky: boolean): string {
  const note = (word: string) => `echo "${word} $(cat /www/version)" >> /data/migrations; sleep 0.2`;
  const [run, back] = [note('run'), note('back')].map((text) => JSON.stringify(text));
  const path = smoky ? '/missing' : '/version';
  return `migrate: { dry_run: "true", run: ${run}, rollback: ${back} }\nsmoke: [{ http: ${path}, attempts: 1 }, { command: "test -e /data/migrations", attempts: 1 }]`;
}

async function ask(url: string, name: string): Promise<string> {
  const { default: http } = await import('node:http');
  return new Promise((resolve, reject) => {
    const asked = http.get(url, { headers: { host: name }, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        body += text;
      });
      answer.on('end', () => resolve(`${answer.statusCode} ${body.trim()}`));
      answer.on('error', reject);
    });
    asked.on('error', reject);
  });
}
