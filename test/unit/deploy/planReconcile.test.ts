import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Routing } from '../../../server/config/hearthTypes.ts';
import type { ContainerRow } from '../../../server/deploy/engine/types.ts';
import { label } from '../../../server/deploy/labels.ts';
import { Backoff } from '../../../server/deploy/reconcile/backoff.ts';
import { Observations } from '../../../server/deploy/reconcile/observations.ts';
import type { Picture, Seen } from '../../../server/deploy/reconcile/picture.ts';
import { planReconcile, type Step } from '../../../server/deploy/reconcile/planReconcile.ts';
import type { DeploymentRecord } from '../../../server/deploy/records.ts';
import type { Route } from '../../../server/deploy/routing/index.ts';

const now = 1_700_000_000_000;
const caddy: Routing = { kind: 'caddy', admin: 'http://127.0.0.1:2019' };
const network = 'hearth-shop-production';

function record(id: string, service: string, replicas: number, more: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const config = {
    project: 'shop',
    service: {
      name: service,
      replicas,
      port: 8080,
      route: { host: `${service}.example.test`, path: '/' },
      health: { deadline: 0, healthyFor: 0 },
    },
    environment: { name: 'production', routing: caddy },
    retention: { releases: 5, logs: 20 },
  };
  const place = { project: 'p', projectName: 'shop', environment: 'production', service };
  return {
    id,
    ...place,
    config,
    started: 1,
    phase: 'live',
    state: 'live',
    crashes: [],
    crashLoop: false,
    stopped: null,
    ...more,
  } as unknown as DeploymentRecord;
}

interface Found {
  readonly service: string;
  readonly deployment: string;
  readonly replica: number;
  readonly state: string;
  readonly address: string;
  readonly role: Seen['role'];
  readonly standing: Seen['standing'];
  readonly ours: boolean;
  readonly age: number;
}

function seen(found: Found): Seen {
  const labels = { [label.owner]: found.ours ? 'me' : 'other', [label.fence]: '1', [label.replica]: `${found.replica}` };
  const row: ContainerRow = {
    ...{ id: `${found.deployment}-${found.role}-${found.replica}`, name: `${found.deployment}-${found.replica}`, image: 'image', labels },
    ...{ state: found.state, created: now - found.age, addresses: found.address === '' ? {} : { [network]: found.address } },
  };
  const { service, deployment, replica, role, standing, ours } = found;
  return { row, role, project: 'p', environment: 'production', service, deployment, replica, ours, standing };
}

/** The engine after a step, as a perfect one would be. */
function after(picture: Picture, step: Step): Picture {
  const without = (id: string | undefined) => picture.containers.filter(({ row }) => row.id !== id);
  const running = (step_: { record: DeploymentRecord; replica: number }) =>
    seen({
      ...{
        service: step_.record.service,
        deployment: step_.record.id,
        replica: step_.replica,
        state: 'running',
        address: `10.0.0.${step_.replica + 1}`,
      },
      ...{ role: 'service', standing: 'live', ours: true, age: 0 },
    });
  switch (step.kind) {
    case 'start':
    case 'recreate':
      return { ...picture, containers: [...without(step.row?.id), running(step)] };
    case 'network':
      return {
        ...picture,
        containers: picture.containers.map((each) => (each.row.id === step.row.id ? running({ ...step, replica: each.replica }) : each)),
      };
    case 'heal':
      return { ...picture, others: new Map() };
    case 'stop':
      return {
        ...picture,
        containers: picture.containers.map((each) =>
          each.row.id === step.row.id ? { ...each, row: { ...each.row, state: 'exited' } } : each,
        ),
      };
    case 'route':
      return { ...picture, routes: new Map([...picture.routes, [step.record.id, step.route]]) };
    case 'remove-orphan':
    case 'unlock':
      return { ...picture, containers: without(step.row.id) };
    case 'forget':
      return { ...picture, live: picture.live.filter((each) => each.environment !== step.record.environment) };
    case 'give-up':
      return { ...picture, live: picture.live.map((each) => (each.id === step.record.id ? { ...each, crashLoop: true } : each)) };
    case 'resume':
    case 'fail':
      return {
        ...picture,
        open: picture.open.filter((each) => each.record.id !== step.record.id),
        busy: new Set([...picture.busy].filter((key) => key !== `p production ${step.record.service}`)),
      };
  }
}

const services = ['web', 'api'] as const;
const container = fc.record({
  service: fc.constantFrom(...services),
  deployment: fc.constantFrom('old', 'live', 'next', 'zzz'),
  replica: fc.integer({ min: 0, max: 2 }),
  state: fc.constantFrom('running', 'exited', 'created', 'dead', 'restarting', 'paused'),
  address: fc.constantFrom('', '10.0.0.1', '10.0.0.9'),
  role: fc.constantFrom<NonNullable<Seen['role']>[]>('service', 'service', 'service', 'trial', 'hook', 'lock', 'claim'),
  ours: fc.boolean(),
  age: fc.constantFrom(1000, 3600_000),
});
const pictures = fc
  .record({
    containers: fc.uniqueArray(container, {
      maxLength: 10,
      selector: ({ service, deployment, replica, role }) => `${service} ${deployment} ${replica} ${role}`,
    }),
    live: fc.subarray([...services]),
    open: fc.subarray([...services]),
    active: fc.boolean(),
    crashes: fc.integer({ min: 0, max: 7 }),
    routed: fc.constantFrom<(Route | 'unknown' | 'none')[]>('unknown', 'none', { deployment: 'else', upstreams: ['10.9.9.9:80'] }),
    replicas: fc.integer({ min: 1, max: 2 }),
    stopped: fc.constantFrom(null, null, now - 1000),
  })
  .map(({ containers, live, open, active, crashes, routed, replicas, stopped }): Picture => {
    const times = Array.from({ length: crashes }, (_, at) => now - at * 1000);
    const standing = (deployment: string, service: (typeof services)[number]): Seen['standing'] => {
      if (deployment === 'live') return live.includes(service) ? 'live' : 'over';
      if (deployment === 'next') return open.includes(service) ? 'open' : 'over';
      return deployment === 'zzz' ? 'newer' : 'older';
    };
    const idOf = (deployment: string, service: string) => `${deployment}-${service}`;
    const records = live.map((service) => record(idOf('live', service), service, replicas, { crashes: times, stopped }));
    return {
      ...{ owner: 'me', fence: 2, now, live: records },
      open: open.map((service) => ({ record: record(idOf('next', service), service, 1, { phase: 'building' }), active, progressed: now })),
      busy: new Set(open.map((service) => `p production ${service}`)),
      containers: containers.map((each) =>
        seen({ ...each, deployment: idOf(each.deployment, each.service), standing: standing(each.deployment, each.service) }),
      ),
      routes: new Map(records.map(({ id }) => [id, routed])),
      others: new Map(),
    };
  });

test('once everything is done there is nothing to do', () => {
  fc.assert(
    fc.property(pictures, (picture) => {
      let now_ = picture;
      // Those that run are routed to first, those that come up join: the second look sees that.
      for (let look = 0; look < 3; look += 1) for (const step of planReconcile(now_).steps) now_ = after(now_, step);
      expect(planReconcile(now_).steps).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});

test('nothing that is not ours, newer than the state, or of a service on which somebody works is ever touched', () => {
  fc.assert(
    fc.property(pictures, (picture) => {
      const busy = new Set(picture.open.map(({ record: { service } }) => service));
      const claimed = picture.containers.some(({ role, ours }) => role === 'claim' && !ours);
      for (const step of planReconcile(picture).steps) {
        const row = 'row' in step ? step.row : undefined;
        const touched = picture.containers.find((each) => each.row === row);
        if (step.kind === 'unlock') continue;
        if (touched !== undefined) {
          expect(touched.ours).toBe(true);
          expect(['newer', 'open']).not.toContain(touched.standing);
          expect(busy).not.toContain(touched.service);
          expect(touched.role).not.toBe('claim');
          expect(claimed).toBe(false);
        }
        // What serves is removed only when nothing is meant to serve, or something else is.
        if (step.kind === 'remove-orphan' && touched?.role === 'service' && touched.standing === 'live') {
          const live = picture.live.find(({ id }) => id === touched.deployment);
          expect(touched.replica).toBeGreaterThanOrEqual(live?.config.service.replicas ?? 0);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('what keeps crashing is given up and stopped, though its engine would start it again; not while somebody deploys', () => {
  const picture = (state: string, more: Partial<DeploymentRecord>, busy: readonly string[] = []): Picture => ({
    ...{ owner: 'me', fence: 2, now, open: [], busy: new Set(busy), routes: new Map(), others: new Map() },
    live: [record('web', 'web', 2, more)],
    containers: [state, 'running'].map((each, replica) =>
      seen({
        ...{ service: 'web', deployment: 'web', replica, state: each, address: '10.0.0.1', age: 3600_000 },
        ...{ role: 'service', standing: 'live', ours: true },
      }),
    ),
  });
  const kinds = (...of: Parameters<typeof picture>) => planReconcile(picture(...of)).steps.map((step) => step.kind);
  const minutesAgo = (...minutes: readonly number[]) => ({ crashes: minutes.map((each) => now - each * 60_000) });
  expect(kinds('restarting', minutesAgo(4, 3, 2, 1))).toEqual([]);
  expect(kinds('restarting', minutesAgo(11, 4, 3, 2, 1))).toEqual([]);
  // From before the clock was set back.
  expect(kinds('restarting', minutesAgo(-50, -49, -48, -47, -46))).toEqual([]);
  const { steps } = planReconcile(picture('restarting', minutesAgo(9, 4, 3, 2, 1)));
  expect(steps).toMatchObject([
    { kind: 'give-up', why: 'it went down 5 times in 10 minutes' },
    { kind: 'stop', row: { id: 'web-service-0' }, why: 'it crashed too often' },
  ]);
  // It has come up again: nobody stops what runs.
  expect(kinds('running', minutesAgo(9, 4, 3, 2, 1))).toEqual([]);
  expect(kinds('restarting', { crashLoop: true })).toEqual(['stop']);
  expect(kinds('exited', { crashLoop: true })).toEqual([]);
  expect(kinds('restarting', minutesAgo(9, 4, 3, 2, 1), ['p production web'])).toEqual([]);
});

test('healing waits longer each time, five minutes at most, and begins anew after a quiet while', () => {
  let time = 0;
  const backoff = new Backoff(() => time);
  const waits: number[] = [];
  for (let attempt = 0; attempt < 9; attempt += 1) {
    expect(backoff.allows('web')).toBe(true);
    backoff.attempted('web');
    const wait = backoff.wait(['web', 'never tried']) ?? Number.NaN;
    time += wait - 1;
    expect(backoff.allows('web')).toBe(false);
    time += 1;
    waits.push(wait / 1000);
  }
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
  expect(backoff.allows('other')).toBe(true);
  time += 11 * 60_000;
  backoff.attempted('other');
  backoff.attempted('web');
  expect(backoff.wait(['web'])).toBe(5_000);
});

test('one failed look is not down, three are; what nobody looks at any more is unobserved', () => {
  let time = now;
  const observations = new Observations(() => time);
  const failing = { kind: 'failing', message: 'It answers 500 (/).', partly: false } as const;
  const look = (finding: Parameters<Observations['note']>[1]) => {
    time += 1000;
    const changed = observations.note('web', finding);
    return [observations.healthOf('web').state, changed];
  };
  expect(observations.healthOf('web')).toEqual({ state: 'unknown', since: now });
  expect(look({ kind: 'well' })).toEqual(['healthy', true]);
  expect(look({ kind: 'well' })).toEqual(['healthy', false]);
  const since = observations.healthOf('web').since;
  expect(since).toBe(now + 1000);
  expect([look(failing), look(failing), look(failing), look(failing)]).toEqual([
    ['pending', true],
    ['pending', false],
    ['down', true],
    ['down', false],
  ]);
  expect(look({ kind: 'well' })).toEqual(['healthy', true]);
  expect(look({ ...failing, partly: true })).toEqual(['pending', true]);
  expect([look({ ...failing, partly: true }), look({ ...failing, partly: true }), look({ ...failing, partly: true })].at(-1)).toEqual([
    'pending',
    false,
  ]);
  expect(look({ kind: 'gone', message: 'Its container is gone.' })).toEqual(['down', true]);
  const checked = time;
  time += 91_000;
  expect(observations.healthOf('web')).toMatchObject({ state: 'unobserved', since: checked, checked });
  // The clock was set back: it was healthy, but when?
  expect(look({ kind: 'well' })).toEqual(['healthy', true]);
  time -= 3600_000;
  expect(observations.healthOf('web').state).toBe('unobserved');
  expect(look({ kind: 'well' })).toEqual(['healthy', false]);
  expect(observations.lose(['web'], 'The engine does not answer.')).toBe(true);
  expect(observations.lose(['web'], 'The engine does not answer.')).toBe(false);
  expect(observations.healthOf('web')).toMatchObject({ state: 'unobserved', message: 'The engine does not answer.' });
});
