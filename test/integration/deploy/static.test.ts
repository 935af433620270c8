// Static sites from `hearth.yaml` to the folder that a web server serves, with the real engine for their builds.
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { baseImage, describeDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';
import { SiteRepository } from '../../support/siteRepository.ts';

describeDocker('a static site', () => {
  let bench: DeployBench;
  let site: SiteRepository;
  beforeAll(async () => {
    bench = await DeployBench.open();
  });
  afterAll(() => bench?.dispose());
  beforeEach(() => {
    bench.anew();
    site = new SiteRepository(bench);
  });
  afterEach(async () => {
    // A site whose folder is gone is not looked at any more.
    await bench.send(deploy.remove, { environment: 'production', confirmed: true }).catch(() => {});
    site.dispose();
  });

  const plan = async () => (await bench.send(deploy.planDeploy, { environment: 'production' })).plan;
  const shown = async (id: string) => (await bench.send(deploy.show, { id })).deployment;
  const works = () => {
    const folder = path.join(bench.home.path, 'work');
    return existsSync(folder) ? readdirSync(folder) : [];
  };
  /** Deploys a version that becomes live; answers its id. */
  async function live(version: string, keys?: string): Promise<string> {
    site.version(version, keys);
    const [made] = await bench.deploy();
    expect(made).toMatchObject({ state: 'live', reason: null });
    expect(site.served()).toBe(`version ${version}`);
    return made?.id ?? '';
  }

  test('is served from a folder of its own for each release, and can be gone back to', async () => {
    const commit = site.version('1');
    const first = await plan();
    expect(first.blockers).toEqual([]);
    expect(first.steps).toMatchObject([{ service: 'docs', action: 'deploy', zeroDowntime: true }]);
    const one = await live('1');
    expect(readlinkSync(path.join(site.root, 'current'))).toBe(`releases/${one}`);
    expect(JSON.parse(site.served('.hearth-release.json') ?? '')).toMatchObject({ id: one, files: 2 });
    expect((await plan()).steps).toMatchObject([{ action: 'unchanged' }]);
    await expect
      .poll(async () => (await shown(one)).site)
      .toMatchObject({
        root: site.root,
        release: path.join(site.root, 'releases', one),
        files: 2,
        current: true,
      });
    const two = await live('2');
    const three = await live('3');
    expect(site.releases()).toEqual([two, three]);
    expect(works()).toEqual([]);
    await expect.poll(async () => (await shown(one)).rollback).not.toBe('possible');
    const { run } = await bench.send(deploy.rollback, { environment: 'production', service: 'docs' });
    expect(await bench.ended(run)).toMatchObject([{ state: 'live', rollbackTo: two }]);
    expect(site.served()).toBe('version 2');
    expect(site.releases()).toEqual([two, three]);
    expect(commit).not.toBe('');
    // Half a release is never gone back to.
    truncateSync(path.join(site.root, 'releases', three, '.hearth-release.json'), 20);
    const refused = await bench.refusal(deploy.rollback, { environment: 'production', service: 'docs', to: three });
    expect(refused).toMatchObject({ data: { reason: 'precondition' }, message: expect.stringContaining('not whole') });
    expect(site.served()).toBe('version 2');
  });

  test('is built in a container as who runs the hub, or on this machine, and a build that fails changes nothing', async () => {
    const run = 'mkdir -p out && cp -r site/. out && echo "level $LEVEL, user $(id -u), in $(pwd)"';
    const keys = (image: string, command = run) =>
      `output: out\nvariables: { LEVEL: deep }\nbuild: { run: ${JSON.stringify(command)}${image} }`;
    const inContainer = await live('1', keys(`, image: "${baseImage}"`));
    expect(await bench.log(inContainer)).toContain(`build: level deep, user ${process.getuid?.()}, in /work`);
    expect(bench.containers()).toEqual([]);
    site.version('2', keys(''));
    expect((await plan()).warnings).toMatchObject([{ code: 'host-build' }]);
    const onHost = await live('2', keys(''));
    expect(await bench.log(onHost)).toMatch(/build: level deep, user \d+, in .*\/work\//);
    for (const [how, reason] of [
      [keys(`, image: "${baseImage}"`, 'echo no; exit 3'), 'ended with code 3'],
      [keys('', 'mkdir out'), 'The site is empty'],
      [keys('', 'ln -s /etc out'), 'leads out of the copy'],
      [keys('', 'true'), 'made no folder out'],
    ] as const) {
      site.version('3', how);
      expect(await bench.deploy()).toMatchObject([{ state: 'failed', reason: expect.stringContaining(reason) }]);
    }
    expect(site.served()).toBe('version 2');
    expect(site.releases()).toEqual([inContainer, onHost]);
    expect(works()).toEqual([]);
    expect(bench.containers()).toEqual([]);
  });

  test('whose build is canceled leaves nothing running', async () => {
    await live('1');
    site.version('2', `output: out\nbuild: { run: "echo begun; sleep 1000", image: "${baseImage}" }`);
    const { run } = await bench.send(deploy.run, { environment: 'production' });
    const [made] = (await bench.send(deploy.list, { run })).deployments;
    await until(async () => (await bench.log(made?.id ?? '')).includes('build: begun'));
    const { deployments } = await bench.send(deploy.cancel, { ids: [made?.id ?? ''] });
    expect(deployments).toMatchObject([{ state: 'canceled' }]);
    expect(bench.containers()).toEqual([]);
    expect(works()).toEqual([]);
    expect(site.served()).toBe('version 1');
  });

  test('is put right when `current` is gone; a folder of somebody in its place stays, and is said', async () => {
    const one = await live('1');
    const current = path.join(site.root, 'current');
    const actions = await until(async () => {
      rmSync(current, { force: true });
      const done = (await bench.send(deploy.reconcile, {})).actions;
      // The hub may have seen it by itself a moment before.
      return done.length > 0 && done;
    });
    expect(actions).toMatchObject([{ kind: 'heal', service: 'docs', done: true }]);
    expect(readlinkSync(current)).toBe(`releases/${one}`);
    // The hub may put it right in between.
    const replace = (make: () => void) =>
      until(() => {
        rmSync(current, { recursive: true, force: true });
        try {
          make();
          return true;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
          return false;
        }
      });
    await replace(() => mkdirSync(current));
    writeFileSync(path.join(current, 'theirs'), 'theirs');
    expect((await bench.send(deploy.reconcile, {})).actions).toEqual([]);
    site.version('2');
    expect((await plan()).blockers).toMatchObject([{ code: 'site', message: expect.stringContaining('is no link') }]);
    expect(readFileSync(path.join(current, 'theirs'), 'utf8')).toBe('theirs');
    await replace(() => symlinkSync('/etc', current));
    expect((await plan()).blockers).toMatchObject([{ code: 'site', message: expect.stringContaining('leads to "/etc"') }]);
    rmSync(current);
  });

  test('that is removed serves nothing, keeps its releases, and can be gone back to', async () => {
    await live('1');
    await live('2');
    await bench.send(deploy.remove, { environment: 'production', confirmed: true });
    expect(site.served()).toBeUndefined();
    expect(existsSync(path.join(site.root, 'current'))).toBe(false);
    expect(site.releases()).toHaveLength(2);
    const { run } = await bench.send(deploy.rollback, { environment: 'production', service: 'docs' });
    expect(await bench.ended(run)).toMatchObject([{ state: 'live' }]);
    expect(site.served()).toBe('version 2');
  });

  test('that is switched to and fails its test is switched back', async () => {
    const server = createServer((_, response) => void response.end(site.served()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const keys = `output: site\nsmoke: [{ http: "http://127.0.0.1:${port}/", contains: "version 1", attempts: 1 }]`;
      const one = await live('1', keys);
      site.version('2', keys);
      const [made] = await bench.deploy();
      expect(made).toMatchObject({ state: 'rolled-back', reason: expect.stringContaining('The smoke test') });
      expect(await bench.log(made?.id ?? '')).toContain(`current leads to releases/${one} again.`);
      expect(site.served()).toBe('version 1');
      expect(site.releases()).toEqual([one]);
      expect((await bench.live()).get('docs')?.id).toBe(one);
    } finally {
      server.close();
    }
  });

  test('whose folder the commit does not have is not deployed', async () => {
    site.version('1', 'output: missing');
    expect((await plan()).blockers).toMatchObject([{ code: 'site', message: expect.stringContaining('The folder missing is not in') }]);
  });
});
