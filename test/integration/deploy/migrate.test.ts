// Migrations on a real engine: what runs, when, how often, and what becomes of it when the deployment does not go well.
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as deploy from '../../../server/protocol/deploy.ts';
import * as eventLog from '../../../server/protocol/events.ts';
import { DeployBench, type Mode } from '../../support/deployBench.ts';
import { describeDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';

describeDocker('a migration', () => {
  let bench: DeployBench;
  beforeAll(async () => {
    bench = await DeployBench.open();
  });
  afterAll(() => bench?.dispose());

  /** The volume is the database: each command writes its name to it. */
  const note = (word: string, then = 'true') => JSON.stringify(`echo "${word} $(cat /www/version)" | tee -a /data/log; ${then}`);
  const version = (name: string, migrate: string, { mode = 'good', more = '' }: { mode?: Mode; more?: string } = {}) =>
    bench.version(name, mode, { web: { more: `volumes: ["data:/data"]\nmigrate: { ${migrate} }\n${more}` } });
  const usual = `dry_run: ${note('try')}, run: ${note('run')}, rollback: ${note('back')}`;
  const notes = () =>
    bench.docker('run', '--rm', '-v', `hearth-${bench.project}-production-data:/data`, 'busybox:1.36', 'cat', '/data/log').split('\n');
  const shown = async (id = '') => (await bench.send(deploy.show, { id })).deployment;
  const serves = async () => {
    const names = bench.containers().map(({ name }) => name);
    expect(names).toHaveLength(1);
    return bench.ask(names[0] ?? '');
  };

  test('is tried, then run, before the new version starts', async () => {
    version('1', usual);
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production' });
    expect(plan.steps[0]?.steps[1]).toBe(
      'Try the migration (dry run); run the migration, once for this image; its rollback runs when the deployment is taken back.',
    );
    const [made] = await bench.deploy();
    expect(made).toMatchObject({ state: 'live' });
    expect(notes()).toEqual(['try 1', 'run 1']);
    expect((await shown(made?.id)).migration).toEqual({ state: 'done', message: 'It ended well.' });
    const log = await bench.log(made?.id ?? '');
    expect(log.indexOf('hook: run 1')).toBeGreaterThan(log.indexOf('hook: try 1'));
    expect(log.indexOf('Started hearth-')).toBeGreaterThan(log.indexOf('hook: run 1'));
    const { events } = await bench.server.send(eventLog.list, { entity: 'deployment', entityId: made?.id ?? '' });
    expect(events.find(({ kind }) => kind === 'migration')).toMatchObject({ actor: 'hub', payload: { service: 'web', state: 'done' } });
  });

  test('is not run again with the same image', async () => {
    const { plan } = await bench.send(deploy.planDeploy, { environment: 'production', services: ['web'] });
    expect(plan.warnings).toMatchObject([{ code: 'migration-done', service: 'web' }]);
    const [made] = await bench.deploy({ services: ['web'] });
    expect(made).toMatchObject({ state: 'live' });
    expect(notes()).toEqual(['try 1', 'run 1']);
    expect((await shown(made?.id)).migration).toMatchObject({ state: 'skipped', message: expect.stringContaining('already') });
  });

  test('whose dry run fails changes nothing', async () => {
    version('2', `dry_run: ${note('try', 'exit 2')}, run: ${note('run')}, rollback: ${note('back')}`);
    const [made] = await bench.deploy();
    expect(made).toMatchObject({ state: 'failed', reason: 'Nothing was changed: the dry run of the migration of web ended with code 2.' });
    expect((await shown(made?.id)).migration).toEqual({ state: 'failed', message: 'Nothing was changed: the dry run ended with code 2.' });
    expect(notes()).toEqual(['try 1', 'run 1', 'try 2']);
    expect(await serves()).toBe('200 1');
  });

  test('that hangs is stopped and taken back; the old version serves on', async () => {
    version('3', `run: ${note('run', 'sleep 1000')}, rollback: ${note('back')}, timeout: 8s`, { more: 'stop_timeout: 1s' });
    const [made] = await bench.deploy();
    expect(made).toMatchObject({ state: 'failed', reason: 'The migration of web was stopped: it took longer than 8 s.' });
    expect((await shown(made?.id)).migration).toMatchObject({ state: 'taken-back' });
    expect(notes().slice(3)).toEqual(['run 3', 'back 3']);
    expect(await serves()).toBe('200 1');
  });

  test('that cannot be started was not run: there is nothing to take back', async () => {
    version('4', `run: ["/no/such/program"], rollback: ${note('back')}`);
    const [made] = await bench.deploy();
    expect(made).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/^The migration of web could not be started: .*no such file/),
    });
    expect((await shown(made?.id)).migration).toMatchObject({ state: 'failed' });
    expect(notes()).toHaveLength(5);
  });

  test('is taken back when the new version is not healthy; a rollback that fails is said', async () => {
    version('5', `run: ${note('run')}, rollback: ${note('back', 'exit 7')}`, { mode: 'sick' });
    const [made] = await bench.deploy();
    expect(made).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/not healthy[\s\S]*The rollback of the migration of web ended with code 7; look at the database/),
    });
    expect((await shown(made?.id)).migration).toEqual({
      state: 'failed',
      message: 'Its rollback ended with code 7: look at the database.',
    });
    expect(notes().slice(5)).toEqual(['run 5', 'back 5']);
    expect(await serves()).toBe('200 1');
    expect(bench.containers('label=hearth.role=hook')).toEqual([]);
  });

  test('that is canceled on its way is stopped and taken back', async () => {
    version('6', `run: ${note('run', 'sleep 1000')}, rollback: ${note('back')}`, { more: 'stop_timeout: 1s' });
    const { run } = await bench.send(deploy.run, { environment: 'production' });
    const ids = (await bench.send(deploy.list, { run })).deployments.map(({ id }) => id);
    await until(async () => (await bench.log(ids[0] ?? '')).includes('hook: run 6'));
    await bench.send(deploy.cancel, { ids });
    expect(await bench.ended(run)).toMatchObject([{ state: 'canceled' }]);
    expect(notes().slice(7)).toEqual(['run 6', 'back 6']);
    expect(await serves()).toBe('200 1');
  });

  test('of a smoke test that fails is taken back with it, and a release that is gone back to runs none', async () => {
    version('7', usual);
    const [live] = await bench.deploy();
    expect(live).toMatchObject({ state: 'live' });
    version('8', usual, { more: 'smoke: [{ command: "cat /data/log; exit 3", attempts: 1, name: "the \\u001b[31mlog" }]' });
    const [made] = await bench.deploy();
    expect(made).toMatchObject({ state: 'rolled-back', reason: 'The smoke test "the log" of web failed: ended with code 3: run 8' });
    expect(await shown(made?.id)).toMatchObject({
      migration: { state: 'taken-back' },
      smoke: [{ name: 'the log', ok: false, message: 'ended with code 3: run 8' }],
      rollback: 'never-live',
    });
    expect((await bench.live()).get('web')?.id).toBe(live?.id);
    expect(notes().slice(9)).toEqual(['try 7', 'run 7', 'try 8', 'run 8', 'back 8']);
    expect(await serves()).toBe('200 7');
    const { run } = await bench.send(deploy.rollback, { environment: 'production', service: 'web' });
    const [back] = await bench.ended(run);
    expect(back).toMatchObject({ state: 'live', subject: 'Version 1' });
    expect((await shown(back?.id)).migration).toMatchObject({ state: 'skipped' });
    expect(notes()).toHaveLength(14);
  });
});
