// A migration whose hub is killed while it runs: it never runs twice by itself, whatever became of it meanwhile.
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import { DeployBench } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';
import { survived } from '../support/tally.ts';

describeDocker('a migration whose hub is killed while it runs', () => {
  let bench: DeployBench;
  beforeAll(async () => {
    bench = await DeployBench.open();
  });
  afterAll(() => bench?.dispose());

  /** It runs until the file `/data/go` is there. */
  const run = JSON.stringify(
    'echo "run $(cat /www/version)" >> /data/log; until test -e /data/go; do sleep 0.05; done; rm /data/go; echo done',
  );
  const back = JSON.stringify('echo "back $(cat /www/version)" >> /data/log');
  const version = (name: string) =>
    bench.version(name, 'good', {
      web: { more: `volumes: ["data:/data"]\nstop_timeout: 1s\nmigrate: { run: ${run}, rollback: ${back} }` },
    });
  const inData = (...command: string[]) =>
    bench.docker('run', '--rm', '-v', `hearth-${bench.project}-production-data:/data`, 'busybox:1.36', ...command);
  const hook = () => bench.containers('label=hearth.role=hook', 'status=running')[0]?.name ?? '';

  /** Deploys, and kills the hub while the migration runs. */
  async function killed(name: string): Promise<{ run: string; migration: string }> {
    version(name);
    const started = await bench.send(deploy.run, { environment: 'production' });
    const migration = await until(() => hook() || undefined);
    // It runs before it has written anything.
    await until(() => bench.docker('exec', migration, 'sh', '-c', 'cat /data/log || true').endsWith(`run ${name}`));
    await bench.home.kill();
    survived('kills');
    return { run: started.run, migration };
  }
  const migrationOf = async (run: string) => {
    const [made] = (await bench.send(deploy.list, { run })).deployments;
    return (await bench.send(deploy.show, { id: made?.id ?? '' })).deployment.migration;
  };

  test('is waited for by the next hub', async () => {
    const { run, migration } = await killed('1');
    inData('touch', '/data/go');
    expect(await bench.ended(run)).toMatchObject([{ state: 'live' }]);
    expect(await migrationOf(run)).toEqual({ state: 'done', message: 'It ended well.' });
    expect(inData('cat', '/data/log')).toBe('run 1');
    expect(bench.containers().map(({ name }) => name)).not.toContain(migration);
  });

  test('and whose container is gone is not run again, not taken back, and asked about the next time', async () => {
    const { run, migration } = await killed('2');
    bench.docker('rm', '-f', migration);
    const [made] = await bench.ended(run);
    expect(made).toMatchObject({ state: 'failed', reason: expect.stringContaining('nobody can say whether it ran to its end') });
    expect(await migrationOf(run)).toMatchObject({ state: 'unknown' });
    expect((await bench.live()).get('web')?.subject).toBe('Version 1');
    expect(inData('cat', '/data/log')).toBe('run 1\nrun 2');
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.confirmations).toMatchObject([{ code: 'migration-unknown', service: 'web' }]);
    expect(await bench.refusal(deploy.run, { environment: 'production' })).toMatchObject({
      data: { reason: 'precondition' },
      message: `Nobody can say whether the migration of web in ${made?.id} ran to its end.`,
    });
    expect(inData('cat', '/data/log')).toBe('run 1\nrun 2');
    inData('touch', '/data/go');
    expect(await bench.deploy({ confirmed: true })).toMatchObject([{ state: 'live' }]);
    expect(inData('cat', '/data/log')).toBe('run 1\nrun 2\nrun 2');
    expect((await bench.send(deploy.planDeploy, { environment: 'production', services: ['web'] })).plan.confirmations).toEqual([]);
  });
});
