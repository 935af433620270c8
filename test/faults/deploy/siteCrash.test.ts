// The crash matrix of static sites: the hub is killed −9 at every record of their journal, and in the middle of a build.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import { describeDocker } from '../../support/docker.ts';
import { isAlive, until } from '../../support/processes.ts';
import { seeds } from '../support/seeds.ts';
import { type SiteAct, SiteCase, siteActs } from '../support/siteCase.ts';
import { Invariants } from '../support/tally.ts';

/** Of all points, what `npm test` goes through: where a crash is worst. */
const few: Partial<Record<SiteAct, readonly string[]>> = {
  deploy: ['site-switch acted'],
  broken: ['undo acted'],
};

/** Of the whole matrix, the points at which an act differs from a deployment that goes well; undefined: all of them. */
const own: Partial<Record<SiteAct, RegExp>> = { rollback: /^site-/, broken: /^(site-build|undo)/, remove: /^remove/ };

/** The whole matrix with HEARTH_FAULT_SEEDS; one point again with HEARTH_CRASH="static deploy site-copy acted". */
const [onlyKind, onlyAct, ...onlyPoint] = (process.env['HEARTH_CRASH'] ?? '').split(' ');

describeDocker('a static site whose hub is killed', () => {
  let opened: SiteCase | undefined;
  afterEach(async () => {
    await opened?.dispose();
    opened = undefined;
  });

  test('goes on or is undone, and every file that is read meanwhile is of one of its versions', { timeout: 3_600_000 }, async () => {
    if (onlyKind && onlyKind !== 'static') return;
    const it = await SiteCase.open();
    opened = it;
    const invariants = new Invariants();
    let kills = 0;
    for (const act of Object.keys(siteActs) as SiteAct[]) {
      if (onlyAct && onlyAct !== act) continue;
      for (const point of await pointsOf(it, act)) {
        kills++;
        const broken = await it.killedAt(act, point);
        invariants.report(broken, `static ${act} ${point}`);
        if (seeds > 0) console.log(`static ${act} ${point}: ${broken.length === 0 ? 'holds' : broken.join('; ')}`);
      }
    }
    expect(kills).toBeGreaterThan(0);
    invariants.check();
    if (!onlyKind) await killedInABuild(it);
  });
});

/** The build on this machine outlives its hub: the next one ends it, and builds anew. */
async function killedInABuild({ bench, site }: SiteCase): Promise<void> {
  const note = path.join(site.folder, 'build');
  const run = `test -e ${note} && exec cp -r site out; echo $$ > ${note}; exec sleep 1000`;
  site.version('three', `output: out\nbuild: { run: "${run}" }`);
  const { run: id } = await bench.send(deploy.run, { environment: 'production' });
  const pid = await until(() => existsSync(note) && Number(readFileSync(note, 'utf8')));
  await bench.home.kill();
  expect(isAlive(pid)).toBe(true);
  const deployment = await until(async () => (await bench.send(deploy.list, { run: id })).deployments.find(({ ended }) => ended !== null));
  expect(deployment).toMatchObject({ state: 'live' });
  await until(() => !isAlive(pid));
  expect(site.served()).toBe('version three');
}

async function pointsOf(it: SiteCase, act: SiteAct): Promise<readonly string[]> {
  if (onlyPoint.length > 0) return [onlyPoint.join(' ')];
  if (seeds === 0) return few[act] ?? [];
  const points = await it.points(act);
  return points.filter((point) => own[act]?.test(point) ?? true);
}
