// The crash matrix: the hub is killed −9 at every record of a deployment's journal, before and after what the record stands for.
import { afterEach, expect, test } from 'vitest';
import { describeDocker } from '../../support/docker.ts';
import { type Act, acts, DeployCase, type Kind, kinds } from '../support/deployCase.ts';
import { seeds } from '../support/seeds.ts';
import { Invariants } from '../support/tally.ts';

/** Of all points, what `npm test` goes through: where a crash is worst. */
const few: Record<Kind, Partial<Record<Act, readonly string[]>>> = {
  route: {
    deploy: ['create-0 acted', 'promote acted', 'retire acted'],
    late: ['revert acted'],
    sick: ['undo acted'],
    remove: ['remove acted'],
  },
  port: { deploy: ['stop-old acted'] },
  // Its steps are the others' but for the undo of a stopped old version: with the whole matrix.
  volume: {},
  // Kills while a migration runs are in migrateFaults.test.ts: the rest with the whole matrix.
  migrate: {},
};

/** The whole matrix with HEARTH_FAULT_SEEDS; one point again with HEARTH_CRASH="route deploy create-0 acted". */
const [onlyKind, onlyAct, ...onlyPoint] = (process.env['HEARTH_CRASH'] ?? '').split(' ');

describeDocker('a deployment whose hub is killed', () => {
  let opened: DeployCase | undefined;
  afterEach(async () => {
    await opened?.dispose();
    opened = undefined;
  });

  test.each(kinds)('%s: goes on or is undone, and everything holds', { timeout: 3_600_000 }, async (kind) => {
    if (onlyKind && onlyKind !== kind) return;
    if (!onlyKind && seeds === 0 && Object.keys(few[kind]).length === 0) return;
    const it = await DeployCase.open(kind);
    opened = it;
    const invariants = new Invariants();
    let kills = 0;
    for (const act of Object.keys(acts) as Act[]) {
      if (onlyAct && onlyAct !== act) continue;
      for (const point of await pointsOf(it, act)) {
        kills++;
        const broken = await it.killedAt(act, point);
        invariants.report(broken, `${kind} ${act} ${point}`);
        if (seeds > 0) console.log(`${kind} ${act} ${point}: ${broken.length === 0 ? 'holds' : broken.join('; ')}`);
      }
    }
    expect(kills).toBeGreaterThan(0);
    invariants.check();
  });
});

/** Of the whole matrix, the points at which an act differs from a deployment that goes well; undefined: all of them. */
const own: Partial<Record<Act, RegExp>> = {
  sick: /^(healthy|undo)/,
  late: /^(promote|drain|revert)/,
  smoky: /^(migrate|smoke|undo)/,
  cancel: /^undo/,
  remove: /^remove/,
};

async function pointsOf(it: DeployCase, act: Act): Promise<readonly string[]> {
  if (onlyPoint.length > 0) return [onlyPoint.join(' ')];
  if (seeds === 0) return few[it.kind][act] ?? [];
  // Without a route nothing is switched to that could be taken back.
  if (act === 'late' && it.kind !== 'route') return [];
  if (act === 'smoky' && it.kind !== 'migrate') return [];
  const points = await it.points(act);
  return points.filter((point) => own[act]?.test(point) ?? true);
}
