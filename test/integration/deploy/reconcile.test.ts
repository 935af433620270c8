import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeContainersOf } from '../../../server/deploy/containers.ts';
import { environmentLabels, label } from '../../../server/deploy/labels.ts';
import { containerName, newDeploymentId } from '../../../server/deploy/names.ts';
import { noteCrash } from '../../../server/deploy/reconcile/crashes.ts';
import type { DeploymentRecord } from '../../../server/deploy/records.ts';
import { startCaddy } from '../../support/caddy.ts';
import { baseImage, describeDocker } from '../../support/docker.ts';
import { until } from '../../support/processes.ts';
import { Registry } from '../../support/registry.ts';
import { calmSignal, type ReleaseWorld, releaseWorld } from '../../support/releaseWorld.ts';
import { author } from '../../support/stateStore.ts';

describeDocker('reconcile on a real engine', () => {
  let world: ReleaseWorld;
  beforeEach(async () => {
    world = await releaseWorld();
  });
  afterEach(() => world.dispose());

  const nameOf = (record: DeploymentRecord, part: number | string = 0) =>
    containerName({ project: record.projectName, environment: record.environment, service: record.service, id: record.id }, part);
  const kinds = async () => (await world.plan()).actions.map(({ kind, object }) => `${kind} ${object}`).sort();

  test('nothing is done where everything is as it should be', async () => {
    await world.live('web', { service: { replicas: 2 } });
    expect(await world.plan()).toEqual({ actions: [], problems: [] });
    expect(await world.run()).toEqual({ actions: [], problems: [] });
  });

  test('a stopped container is started, a removed one made again, and then there is nothing to do', async () => {
    const web = await world.live('web', { service: { replicas: 2 } });
    world.docker.docker('stop', '-t', '0', nameOf(web));
    world.docker.docker('rm', '-f', nameOf(web, 1));
    expect(await kinds()).toEqual([`recreate ${nameOf(web, 1)}`, `start ${nameOf(web)}`]);
    // The dry run has changed nothing.
    expect(world.containers()).toEqual([`${nameOf(web)} exited`]);
    const { actions } = await world.run();
    expect(actions.map(({ kind, done }) => [kind, done])).toEqual([
      ['start', true],
      ['recreate', true],
    ]);
    expect(world.containers()).toEqual([`${nameOf(web)} running`, `${nameOf(web, 1)} running`]);
    expect(await kinds()).toEqual([]);
    // Where it is now is written down.
    const id = world.docker.docker('inspect', '-f', '{{.Id}}', nameOf(web, 1));
    expect((await world.record(web.id)).containers.map((each) => each.id)).toContain(id);
  });

  test('one that takes long to come up again has gone down once, whoever saw it', async () => {
    let time = Date.now();
    const engine = new Proxy(world.engine, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (name === 'startContainer') time += 5000;
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const slow = await releaseWorld({ docker: world.docker, engine, clock: () => time });
    try {
      const web = await slow.live('web');
      slow.docker.docker('kill', nameOf(web));
      // As the event of the engine says it.
      await noteCrash(slow.store, author, web.id, time);
      expect((await slow.run()).actions).toMatchObject([{ kind: 'start', done: true }]);
      expect((await slow.record(web.id)).crashes).toHaveLength(1);
    } finally {
      await slow.dispose();
    }
  });

  test('a container that has lost its network is put back, under the name by which others find it', async () => {
    const web = await world.live('web');
    const network = `hearth-${world.name}-production`;
    world.docker.docker('network', 'disconnect', '-f', network, nameOf(web));
    world.docker.docker('network', 'rm', network);
    expect(await kinds()).toEqual([`network ${nameOf(web)}`]);
    await world.run();
    const aliases = world.docker.docker('inspect', '-f', `{{json (index .NetworkSettings.Networks "${network}").Aliases}}`, nameOf(web));
    expect(JSON.parse(aliases)).toContain('web');
    expect(await kinds()).toEqual([]);
  });

  test('one whose network is gone and that has stopped is made anew', async () => {
    const web = await world.live('web');
    const network = `hearth-${world.name}-production`;
    world.docker.docker('stop', '-t', '0', nameOf(web));
    world.docker.docker('network', 'rm', network);
    const { actions } = await world.run();
    expect(actions).toMatchObject([{ kind: 'start', done: true }]);
    expect(world.containers()).toEqual([`${nameOf(web)} running`]);
  });

  test('what is left of deployments that are over is removed; what is not ours is not touched', async () => {
    const web = await world.live('web');
    const failed = await world.live('web');
    const labels = (owner: string, deployment: string, project = world.project, service = 'web') =>
      Object.entries({
        ...environmentLabels({ owner, projectId: project, project: world.name, environment: 'production' }, 7),
        [label.service]: service,
        [label.deployment]: deployment,
        [label.role]: 'service',
        [label.replica]: '0',
      }).flatMap(([key, value]) => ['--label', `${key}=${value}`]);
    const other = newDeploymentId(Date.now() + 1000);
    world.docker.docker('run', '-d', '--name', `other-home-${world.name}`, ...labels('somebody-else', other), baseImage, 'sleep', '600');
    world.docker.docker(
      'run',
      '-d',
      '--name',
      `other-project-${world.name}`,
      ...labels(world.owner, other, 'another'),
      baseImage,
      'sleep',
      '600',
    );
    world.docker.docker('run', '-d', '--name', `plain-${world.name}`, '--label', `hearth.project=${world.name}`, baseImage, 'sleep', '600');
    // Somebody else's version of a service of ours: who would be right?
    expect(await world.run()).toEqual({
      actions: [],
      problems: [{ environment: 'production', message: expect.stringContaining('(web)') }],
    });
    world.docker.docker('rm', '-f', `other-home-${world.name}`, `other-project-${world.name}`);
    world.docker.docker(
      'run',
      '-d',
      '--name',
      `other-home-${world.name}`,
      ...labels('somebody-else', other, 'another', 'api'),
      baseImage,
      'sleep',
      '600',
    );
    // `failed` took the place of `web`, whose container was left.
    expect(await kinds()).toEqual([`remove-orphan ${nameOf(web)}`]);
    await world.run();
    expect(world.containers()).toEqual(
      [`${nameOf(failed)} running`, `other-home-${world.name} running`, `plain-${world.name} running`].sort(),
    );
    expect(await kinds()).toEqual([]);
  });

  test('releases that the state does not know are left alone, and it says so: it may have been lost', async () => {
    const web = await world.live('web');
    await world.store.write(author, (transaction) => void transaction.run('delete from deployments where id = ?', [web.id]));
    // Nothing at all is known: nobody looks there.
    expect(await world.run()).toEqual({ actions: [], problems: [] });
    const older = await world.queued('web');
    await world.store.write(author, (transaction) => {
      transaction.run("update deployments set id = ?, state = 'live', live_since = 1, started = 1, ended = 1 where id = ?", [
        `000${older.id.slice(3)}`,
        older.id,
      ]);
    });
    const { actions, problems } = await world.run();
    expect(actions).toEqual([]);
    expect(problems).toEqual([{ environment: 'production', message: expect.stringContaining('the state does not know (web)') }]);
    expect(world.containers()).toEqual([`${nameOf(web)} running`]);
  });

  test('one engine under two addresses: what is live by the other one is no leftover', async () => {
    const before = await world.live('web');
    const web = await world.live('web');
    await world.store.write(
      author,
      (transaction) => void transaction.run("update deployments set engine = 'unix:///the/same' where id = ?", [web.id]),
    );
    expect(await kinds()).toEqual([`remove-orphan ${nameOf(before)}`, `remove-orphan ${nameOf(before)}`]);
    await world.run();
    expect(world.containers()).toEqual([`${nameOf(web)} running`]);
  });

  test('a service on which somebody works is left alone', async () => {
    const web = await world.live('web');
    const next = await world.queued('web');
    world.active.add(next.id);
    await removeContainersOf(world.maker, web, calmSignal);
    expect(await kinds()).toEqual([]);
  });

  test('an interrupted deployment is taken up again; one that waits for its turn is not', async () => {
    const web = await world.queued('web');
    expect(await kinds()).toEqual([]);
    await world.store.write(
      author,
      (transaction) => void transaction.run('update deployments set started = ? where id = ?', [transaction.now, web.id]),
    );
    expect(await kinds()).toEqual([`resume ${web.id}`]);
    await world.run();
    expect(world.resumed).toEqual(['all']);
  });

  test('one without progress for too long is ended', async () => {
    const web = await world.queued('web');
    world.active.add(web.id);
    const long = Date.now() - 3600_000 * 2;
    await world.store.write(author, (transaction) => {
      const times = JSON.stringify([{ phase: 'health-check', started: long, ended: null }]);
      transaction.run("update deployments set started = ?, created = ?, phase = 'health-check', phase_times = ? where id = ?", [
        long,
        long,
        times,
        web.id,
      ]);
    });
    await world.run();
    expect(world.stopped).toEqual([web.id]);
  });

  test('an image that is gone is said; what stopped is still there to be started', async () => {
    const web = await world.live('web');
    world.docker.docker('rm', '-f', nameOf(web));
    await world.store.write(
      author,
      (transaction) => void transaction.run("update deployments set image_id = 'sha256:gone', image = 'shop:gone'"),
    );
    const { actions } = await world.run();
    expect(actions).toMatchObject([{ kind: 'recreate', done: false, problem: expect.stringContaining('The image shop:gone is gone') }]);
    expect(actions[0]?.problem).toContain('Deploy aaaaaaaaaaaa again');
  });

  test('one whose image came from a registry is made again from what is here, or from there when it is gone here', async () => {
    const registry = await Registry.start();
    const { docker } = world.docker;
    try {
      // An image of its own: no other name keeps it here.
      const tag = `${registry.host}/shop/${world.name}:1`;
      docker('create', '--name', `unlike-${world.name}`, baseImage);
      docker('commit', '--change', `LABEL test=${world.name}`, `unlike-${world.name}`, tag);
      docker('rm', `unlike-${world.name}`);
      const digest = await world.engine.pushImage(tag, () => {}, calmSignal);
      const image = `${registry.host}/shop/${world.name}@${digest}`;
      const imageId = docker('inspect', '-f', '{{.Id}}', tag);
      const web = await world.live('web', { image: { image, imageId, digest } });
      docker('rm', '-f', nameOf(web));
      expect((await world.run()).actions).toMatchObject([{ kind: 'recreate', done: true }]);
      expect(world.containers()).toEqual([`${nameOf(web)} running`]);
      const vanish = () => {
        docker('rm', '-f', nameOf(web));
        docker('rmi', '-f', imageId);
      };
      vanish();
      expect((await world.run()).actions).toMatchObject([{ kind: 'recreate', done: true }]);
      expect(docker('inspect', '-f', '{{.Image}}', nameOf(web))).toBe(imageId);
      vanish();
      await registry.close();
      expect((await world.run()).actions).toMatchObject([{ kind: 'recreate', done: false, problem: expect.any(String) }]);
    } finally {
      await registry.close();
    }
  });

  test('watching: what ends by itself again and again is down, and is started no more', async () => {
    const command = [
      '/bin/sh',
      '-c',
      'mkdir -p /tmp/www && echo ok > /tmp/www/healthz && httpd -p 8080 -h /tmp/www; until [ -e /tmp/end ]; do sleep 0.1; done; exit 1',
    ];
    const web = await world.live('web', { service: { command } });
    const health = () => world.reconciler.observations.healthOf(web.id);
    world.reconciler.start();
    await until(() => health().state === 'healthy');
    // Each further one takes the engine longer.
    await world.store.write(author, (transaction) => {
      const crashes = JSON.stringify([4, 3, 2].map((minutes) => Date.now() - minutes * 60_000));
      transaction.run('update deployments set crashes = ? where id = ?', [crashes, web.id]);
    });
    world.docker.docker('exec', nameOf(web), 'touch', '/tmp/end');
    await until(async () => (await world.record(web.id)).crashLoop);
    await until(() => health().message?.includes('crashed too often') === true);
    expect(health().state).toBe('down');
    await until(() => world.containers()[0] === `${nameOf(web)} exited`);
    expect(world.docker.docker('inspect', '-f', '{{.State.Restarting}}', nameOf(web))).toBe('false');
    expect(await kinds()).toEqual([]);
  });

  test('watching: what dies is started within moments, health is told, and a crash loop ends it', async () => {
    const web = await world.live('web');
    const health = () => world.reconciler.observations.healthOf(web.id);
    expect(health().state).toBe('unknown');
    world.reconciler.start();
    await until(() => health().state === 'healthy');
    expect(world.told).toContain(world.project);
    world.docker.docker('kill', nameOf(web));
    await until(async () => (await world.record(web.id)).crashes.length > 0);
    await until(() => world.containers()[0] === `${nameOf(web)} running` && health().state === 'healthy');
    const now = Date.now();
    await world.store.write(author, (transaction) => {
      const crashes = JSON.stringify([5, 4, 3, 2, 1].map((minutes) => now - minutes * 60_000));
      transaction.run('update deployments set crashes = ? where id = ?', [crashes, web.id]);
    });
    world.docker.docker('kill', nameOf(web));
    await until(async () => (await world.record(web.id)).crashLoop);
    await until(() => health().message?.includes('crashed too often') === true);
    expect(health().state).toBe('down');
    expect(world.containers()).toEqual([`${nameOf(web)} exited`]);
    // A person may try again.
    await world.run();
    expect(world.containers()).toEqual([`${nameOf(web)} running`]);
    expect((await world.record(web.id)).crashLoop).toBe(false);
  });

  test('a Caddy that was reloaded from its file gets the routes back, and says in the meantime that it is away', async () => {
    const caddy = await startCaddy();
    try {
      const web = await world.live('web', {
        routing: { kind: 'caddy', admin: caddy.admin },
        service: { route: { host: 'shop.example.test', path: '/' } },
      });
      const own = await caddy.config();
      expect(await kinds()).toEqual(['route shop.example.test']);
      await world.run();
      const routed = await caddy.config();
      expect(await kinds()).toEqual([]);
      await caddy.load(own);
      expect((await world.run()).actions).toMatchObject([{ kind: 'route', done: true, why: 'the router has no route to it' }]);
      expect(await caddy.config()).toEqual(routed);
      // A container that comes back at another address is routed to there.
      const network = `hearth-${world.name}-production`;
      world.docker.docker('network', 'disconnect', network, nameOf(web));
      world.docker.docker(
        'run',
        '-d',
        '--name',
        `squatter-${world.name}`,
        '--label',
        `hearth.project=${world.name}`,
        '--network',
        network,
        baseImage,
        'sleep',
        '600',
      );
      expect((await world.run()).actions.map(({ kind }) => kind)).toEqual(['network']);
      expect((await world.run()).actions).toMatchObject([{ kind: 'route', why: 'the router routes elsewhere' }]);
      expect(await kinds()).toEqual([]);
      await caddy.dispose();
      const { actions, problems } = await world.run();
      expect(actions).toEqual([]);
      expect(problems).toEqual([{ environment: 'production', message: expect.stringContaining('admin endpoint') }]);
    } finally {
      await caddy.dispose();
    }
  });

  test('no deployments, no watch; the last one taken down ends it', async () => {
    const web = await world.live('web');
    // Started before, it would look again because of that, and maybe find the container a leftover of what is taken down.
    world.reconciler.start();
    await until(() => world.reconciler.observations.healthOf(web.id).state === 'healthy');
    await world.store.write(author, (transaction) => {
      transaction.run("update deployments set state = 'removed'");
      transaction.event({ project: world.project, entity: 'deployment', entityId: web.id, kind: 'removed', payload: {} });
    });
    await until(() => world.reconciler.observations.healthOf(web.id).state === 'unknown');
    world.docker.docker('kill', nameOf(web));
    expect(world.containers()).toEqual([`${nameOf(web)} exited`]);
  });
});
