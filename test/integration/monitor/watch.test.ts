// Monitors over a real store: looks, what people are told of, what survives the hub. Time, network and other machines are the test's.
import { afterEach, describe, expect, it } from 'vitest';
import type { Consequences } from '../../../server/monitor/types.ts';
import type { ResultOf } from '../../../server/protocol/message.ts';
import type { history, listMonitors, showMonitor } from '../../../server/protocol/monitor.ts';
import { failed, type MonitorWorld, monitorOn, monitorWorld, unseen, up } from '../../support/monitorWorld.ts';

let world: MonitorWorld;
const minute = 60_000;

afterEach(async () => {
  await world.dispose();
});

describe('a monitor', () => {
  it('goes down after failures in a row, is told of once, and comes up again', async () => {
    world = await monitorWorld();
    await world.start();
    expect(world.clock.timers).toBe(0);
    await world.apply([monitorOn('home', { failures: 2, retryInterval: 20_000 })]);
    await world.advance(2 * minute);
    expect(world.transitions()).toEqual(['home: unknown → up']);

    world.answers.set('home.example.test', failed('status 500, wanted 200', true));
    await world.advance(2 * minute);
    expect(world.transitions()).toEqual(['home: unknown → up', 'home: up → down']);
    await world.advance(10 * minute);
    expect(world.transitions()).toHaveLength(2);
    expect((await world.stateOf('home'))?.status).toMatchObject({ state: 'down', message: 'status 500, wanted 200' });

    world.answers.set('home.example.test', up());
    await world.advance(2 * minute);
    expect(world.transitions().at(-1)).toBe('home: down → up');
    expect((await world.changes('home')).map(({ from, to }) => `${from} ${to}`)).toEqual(['unknown up', 'up down', 'down up']);
    const kinds = await world.store.read((reader) =>
      reader.all<{ kind: string }>("select kind from events where entity = 'monitor' order by sequence").map(({ kind }) => kind),
    );
    expect(kinds).toEqual(['added', 'up', 'down', 'up']);

    // A few minutes within one hour are counted by their beats.
    const span = { from: world.clock.wall() - 5 * minute, to: world.clock.wall() };
    const report = await world.ask<{ text: string }>('monitor/report', { format: 'json', ...span });
    const { beats } = await world.ask<ResultOf<typeof showMonitor>>('monitor/show', { monitor: 'home' });
    const counted = (state: string) => beats.filter((beat) => beat.time >= span.from && beat.time < span.to && beat.state === state).length;
    expect(JSON.parse(report.text).monitors).toMatchObject([
      { up: counted('up'), down: counted('down'), outages: [{ message: 'status 500, wanted 200' }] },
    ]);
    expect(counted('down')).toBeGreaterThan(0);
  });

  it('that fails once and then answers lowers nothing and tells nobody', async () => {
    world = await monitorWorld();
    await world.start();
    await world.apply([monitorOn('home', { failures: 2 })]);
    await world.advance(minute);
    let failures = 0;
    world.answers.set('home.example.test', () => (failures++ % 2 === 0 ? failed('slow', true) : up()));
    await world.advance(20 * minute);
    expect(failures).toBeGreaterThan(20);
    expect(world.transitions()).toEqual(['home: unknown → up']);
    const shown = await world.ask<ResultOf<typeof showMonitor>>('monitor/show', { monitor: 'home' });
    expect(shown.windows.find(({ span }) => span === '24h')).toMatchObject({ uptime: 1, down: 0 });
    expect(shown.row.beats).toMatch(/(up)+u?p?$/);
  });

  it('goes on after the hub was killed, with its streak and without being told of again', async () => {
    world = await monitorWorld();
    await world.start();
    await world.apply([monitorOn('home', { failures: 3, retryInterval: 20_000 })]);
    await world.advance(minute);
    world.answers.set('home.example.test', failed('refused', true));
    while ((await world.stateOf('home'))?.status.failures === 0) await world.advance(5_000);
    expect((await world.stateOf('home'))?.status).toMatchObject({ state: 'pending', failures: 1 });
    await world.again({ kill: true });
    await world.advance(3 * minute);
    expect(world.transitions()).toEqual(['home: unknown → up', 'home: up → down']);
    await world.again({ kill: true });
    await world.advance(5 * minute);
    expect(world.transitions()).toHaveLength(2);
  });

  it('was unobserved while no hub ran: a gap, neither up nor down', async () => {
    world = await monitorWorld();
    await world.start();
    await world.apply([monitorOn('home')]);
    await world.advance(10 * minute);
    const from = world.clock.wall();
    await world.monitors.stop();
    world.clock.stand(60 * minute);
    world.answers.set('home.example.test', () => new Promise(() => {}));
    await world.again({ kill: true });
    const [row] = (await world.ask<ResultOf<typeof listMonitors>>('monitor/list', {})).monitors;
    expect(row).toMatchObject({ state: 'unobserved', health: { state: 'unobserved' }, uptime24h: 1 });
    const gap = await world.ask<ResultOf<typeof history>>('monitor/history', {
      monitor: 'home',
      from,
      to: from + 60 * minute,
      resolution: 'beat',
    });
    expect(gap.time).toEqual([]);
    world.answers.clear();
  });

  it('is there for whoever asks a hub that has just started, before that has taken it over', async () => {
    world = await monitorWorld();
    // Not started: what is kept is as unknown as in the first moment.
    await world.apply([monitorOn('home'), monitorOn('backup', { check: { kind: 'push', grace: 0 } })]);
    expect((await world.ask<ResultOf<typeof showMonitor>>('monitor/show', { monitor: 'home' })).row.state).toBe('unknown');
    const { push } = await world.ask<{ push: string }>('monitor/show', { monitor: 'backup' });
    await world.again({ started: false });
    expect(await world.ask('monitor/push', { monitor: 'backup' })).toEqual({ state: 'up' });
    await world.again({ started: false });
    expect(await world.monitors.push(push.split('/').at(-1) ?? '', { ok: true })).toBe(true);
    await world.again({ started: false });
    expect((await world.ask<ResultOf<typeof listMonitors>>('monitor/list', {})).monitors).toHaveLength(2);
  });

  it('says nothing of a service when the fault is our own', async () => {
    world = await monitorWorld();
    await world.start();
    await world.apply([monitorOn('home', { failures: 2 })]);
    await world.advance(2 * minute);
    world.answers.set('home.example.test', unseen('Too many open files here.'));
    await world.advance(10 * minute);
    expect(world.transitions()).toEqual(['home: unknown → up']);
    const { row, windows } = await world.ask<ResultOf<typeof showMonitor>>('monitor/show', { monitor: 'home' });
    expect(row).toMatchObject({ state: 'unobserved', health: { message: 'Too many open files here.' } });
    expect(windows.map(({ uptime }) => uptime)).toEqual([1, 1, 1, 1]);
    expect(row.beats.endsWith('ooo')).toBe(true);
    const told = world.told.flatMap(({ params }) => (params as { monitors: { state: string }[] }).monitors.map(({ state }) => state));
    expect(told.at(-1)).toBe('unobserved');
  });

  it('that is paused, in maintenance or not in the file any more is left alone', async () => {
    world = await monitorWorld();
    await world.start();
    const home = monitorOn('home', { failures: 1 });
    await world.apply([home]);
    await world.advance(minute);
    world.answers.set('home.example.test', failed('refused', true));
    // Looks are up to a tenth more than their interval apart.
    await world.advance(2 * minute);
    await world.ask('monitor/pause', { monitors: ['home'], paused: true });
    const looks = world.looks.length;
    await world.advance(5 * minute);
    expect(world.looks).toHaveLength(looks);
    await world.ask('monitor/pause', { monitors: ['home'], paused: false });
    await world.advance(minute);
    expect(world.transitions()).toEqual([
      'home: unknown → up',
      'home: up → down',
      'home: down → paused',
      'home: paused → unknown',
      'home: unknown → down',
    ]);

    const { window } = await world.ask<{ window: { id: string; active: boolean } }>('monitor/startMaintenance', {
      name: 'move',
      duration: 30 * minute,
    });
    expect(window.active).toBe(true);
    await world.advance(3 * minute);
    expect(world.transitions().at(-1)).toBe('home: down → maintenance');
    expect((await world.ask<ResultOf<typeof listMonitors>>('monitor/list', {})).monitors[0]).toMatchObject({ state: 'maintenance' });
    await world.ask('monitor/endMaintenance', { id: window.id });
    await world.advance(2000);
    expect(world.transitions().at(-1)).toBe('home: maintenance → down');

    const [before] = await world.records();
    await world.apply([]);
    const gone = world.looks.length;
    await world.advance(5 * minute);
    expect(world.looks).toHaveLength(gone);
    expect(world.transitions().at(-1)).toBe('home: down → unknown');
    expect((await world.records())[0]?.orphan).not.toBeNull();
    expect(world.clock.timers).toBe(0);
    await world.apply([home]);
    expect((await world.records())[0]).toMatchObject({ id: before?.id, orphan: null });
  });

  it('is the same after the same is applied again: no event, no other time', async () => {
    world = await monitorWorld();
    await world.start();
    const all = [monitorOn('home'), monitorOn('api')];
    await world.apply(all);
    const before = await world.records();
    await world.apply(all);
    expect(await world.records()).toEqual(before);
    const events = await world.store.read((reader) => reader.all("select kind from events where entity = 'monitor'"));
    expect(events).toHaveLength(2);
  });

  it('is not down in one place and untold in another: what cannot be written has not happened', async () => {
    world = await monitorWorld();
    let broken = true;
    const drawn: string[] = [];
    const consequences: Consequences = {
      draw: (_transaction, _config, happening) => {
        if (happening.kind !== 'transition' || happening.transition.to !== 'down') return;
        if (broken) throw new Error('no room');
        drawn.push(happening.transition.monitor.name);
      },
      wake: () => {},
    };
    await world.again({ consequences });
    await world.apply([monitorOn('home', { failures: 1 })]);
    world.answers.set('home.example.test', failed('refused', true));
    await world.advance(3 * minute);
    expect(drawn).toEqual([]);
    expect((await world.changes('home')).map(({ to }) => to)).toEqual([]);
    expect((await world.stateOf('home'))?.status.state).not.toBe('down');
    broken = false;
    await world.advance(2 * minute);
    expect(drawn).toEqual(['home']);
    const { beats } = await world.ask<ResultOf<typeof showMonitor>>('monitor/show', { monitor: 'home' });
    expect(beats).toHaveLength(world.looks.length);
    expect((await world.stateOf('home'))?.status.state).toBe('down');
  });

  it('that is still down is said again at its time, a certificate that ends once', async () => {
    world = await monitorWorld();
    await world.start();
    await world.apply([monitorOn('home', { failures: 1, remind: 10 * minute }), monitorOn('secure')]);
    world.answers.set('home.example.test', failed('refused', true));
    const certificate = { subject: 's', issuer: 'i', fingerprint: 'aa', expires: 1, days: 10, trusted: true, problem: null };
    world.answers.set('secure.example.test', { ...up(), certificate });
    await world.advance(35 * minute);
    expect(world.happened.filter(({ kind }) => kind === 'reminder')).toHaveLength(3);
    await world.again();
    await world.advance(5 * minute);
    expect(world.happened.filter(({ kind }) => kind === 'certificate')).toMatchObject([{ days: 14 }]);
  });

  it('that shows no certificate any more has none: it answers without one, or another server is looked at', async () => {
    world = await monitorWorld();
    await world.start();
    const certificate = { subject: 's', issuer: 'i', fingerprint: 'aa', expires: 1, days: 10, trusted: true, problem: null };
    const secure = (host: string, path = '/') => monitorOn('home', { check: { kind: 'http', url: `https://${host}${path}` } });
    const shown = async () => (await world.ask<ResultOf<typeof showMonitor>>('monitor/show', { monitor: 'home' })).certificate;
    const kept = async () => {
      const state = await world.stateOf('home');
      return [state?.certificate?.days ?? null, state?.certificateTold];
    };
    const told = () => world.happened.filter(({ kind }) => kind === 'certificate').length;
    await world.apply([secure('a.example.test')]);
    world.answers.set('a.example.test', { ...up(), certificate });
    await world.advance(2 * minute);
    expect([await shown(), await kept(), told()]).toMatchObject([{ days: 10 }, [10, [21, 14]], 1]);

    // Silence says nothing of it, another page of the same server has the same: it is told once.
    world.answers.set('a.example.test', failed());
    await world.advance(5 * minute);
    await world.apply([secure('a.example.test', '/other')]);
    await world.advance(5 * minute);
    expect([await shown(), await kept()]).toMatchObject([{ days: 10 }, [10, [21, 14]]]);
    world.answers.set('a.example.test', { ...up(), certificate });
    await world.advance(5 * minute);
    expect(told()).toBe(1);

    world.answers.set('a.example.test', up());
    await world.advance(2 * minute);
    expect([await shown(), await kept()]).toEqual([null, [null, []]]);

    world.answers.set('a.example.test', { ...up(), certificate });
    await world.advance(2 * minute);
    expect(await kept()).toEqual([10, [21, 14]]);
    world.answers.set('b.example.test', failed());
    await world.apply([secure('b.example.test')]);
    await world.advance(5 * minute);
    expect([await shown(), await kept()]).toEqual([null, [null, []]]);
  });
});

describe('what cannot be kept of one monitor', () => {
  it('holds up no other', async () => {
    world = await monitorWorld();
    await world.start();
    // No check says that; it is what the store refuses.
    world.answers.set('odd.example.test', up(1e20));
    await world.apply([monitorOn('odd', { interval: 10_000, timeout: 5000 }), monitorOn('home', { failures: 1 })]);
    await world.advance(minute);
    world.answers.set('home.example.test', failed('refused', true));
    await world.advance(3 * minute);
    expect(world.transitions()).toContain('home: up → down');
    expect((await world.stateOf('home'))?.status.state).toBe('down');
    expect(world.logged.some((line) => line.includes('could not be written'))).toBe(true);
    world.answers.set('odd.example.test', up());
    await world.advance(minute);
    expect(world.transitions()).toContain('odd: unknown → up');
    const logged = world.logged.length;
    await world.advance(minute);
    expect(world.logged).toHaveLength(logged);
  });
});

describe('a push monitor', () => {
  it('is down when nobody has called for its interval and grace, and up when somebody does', async () => {
    world = await monitorWorld();
    await world.start();
    await world.apply([monitorOn('backup', { interval: minute, check: { kind: 'push', grace: 30_000 } })]);
    await world.advance(85_000);
    expect(world.transitions()).toEqual([]);
    await world.advance(10_000);
    expect(world.transitions()).toEqual(['backup: unknown → down']);
    const { push } = await world.ask<{ push: string }>('monitor/show', { monitor: 'backup' });
    const token = push.split('/').at(-1) ?? '';
    expect(await world.monitors.push(`${token}x`, { ok: true })).toBe(false);
    expect(await world.monitors.push(token, { ok: true, milliseconds: 42 })).toBe(true);
    for (let call = 0; call < 5; call++) {
      await world.advance(80_000);
      await world.ask('monitor/push', { monitor: 'backup' });
    }
    expect(world.transitions()).toEqual(['backup: unknown → down', 'backup: down → up']);
    expect(await world.monitors.push(token, { ok: true, milliseconds: 1e308 })).toBe(true);
    await world.monitors.flush();
    expect(world.logged.filter((line) => line.startsWith('error'))).toEqual([]);
    await world.ask('monitor/push', { monitor: 'backup', ok: false, message: 'disk\nfull' });
    expect((await world.stateOf('backup'))?.status).toMatchObject({ state: 'down', message: 'disk full' });
    await world.ask('monitor/push', { monitor: 'backup', ok: false, message: 'x'.repeat(100_000) });
    expect((await world.stateOf('backup'))?.status).toMatchObject({ state: 'down', message: 'x'.repeat(500) });
  });

  it('is not down because no hub was there to be called', async () => {
    world = await monitorWorld();
    await world.start();
    await world.apply([monitorOn('backup', { interval: minute, check: { kind: 'push', grace: 0 } })]);
    await world.ask('monitor/push', { monitor: 'backup' });
    await world.monitors.stop();
    world.clock.stand(60 * minute);
    await world.again({ kill: true });
    await world.advance(50_000);
    await world.ask('monitor/push', { monitor: 'backup' });
    await world.advance(30_000);
    expect(world.transitions()).toEqual(['backup: unknown → up']);
  });
});
