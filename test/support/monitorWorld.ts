// Monitors over a real store, with a clock, a network and other machines that a test holds in its hand.
import { setImmediate } from 'node:timers/promises';
import { type HearthConfig, type MonitorConfig, nothingWatched } from '../../server/config/hearthTypes.ts';
import { Keys } from '../../server/environment/index.ts';
import type { Clock } from '../../server/monitor/clock.ts';
import { Monitors } from '../../server/monitor/index.ts';
import { nothingSeen } from '../../server/monitor/look.ts';
import { allMonitors, type ChangeRecord, monitorByName, readChanges, readState } from '../../server/monitor/records.ts';
import type { CheckResult, Consequences, Happening } from '../../server/monitor/types.ts';
import type { ProjectOf } from '../../server/project/index.ts';
import type { Health } from '../../server/protocol/health.ts';
import { type Check, check as checkSchema, type MonitorSettings, monitorSettings } from '../../server/protocol/monitorTypes.ts';
import type { Context } from '../../server/rpc/router.ts';
import { Session } from '../../server/rpc/session.ts';
import { author, openState, type TestState } from './stateStore.ts';

/** Time that goes on when it is told to. */
export class HandClock implements Clock {
  #wall: number;
  #monotonic = 1000;
  readonly #timers = new Set<{ due: number; run: () => void }>();

  constructor(wall: number) {
    this.#wall = wall;
  }

  wall(): number {
    return Math.floor(this.#wall);
  }

  monotonic(): number {
    return this.#monotonic;
  }

  timer(milliseconds: number, run: () => void): () => void {
    const timer = { due: this.#monotonic + Math.max(0, milliseconds), run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Lets so much time go by, each timer in its turn. `settle` waits for what a timer has set off. */
  async advance(milliseconds: number, settle: () => Promise<unknown>): Promise<void> {
    const end = this.#monotonic + milliseconds;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > end) break;
      this.#pass(Math.max(0, next.due - this.#monotonic));
      this.#timers.delete(next);
      next.run();
      await settle();
    }
    this.#pass(end - this.#monotonic);
  }

  /** Time goes by and nothing of ours runs: a stopped process. What is due comes late, at the next `advance`. */
  stand(milliseconds: number): void {
    this.#pass(milliseconds);
  }

  /** Somebody sets the clock, or the machine slept, which the monotonic clock does not notice. */
  setWall(by: number): void {
    this.#wall += by;
  }

  #pass(milliseconds: number): void {
    this.#wall += milliseconds;
    this.#monotonic += milliseconds;
  }
}

export const up = (milliseconds = 20): CheckResult => ({ ...nothingSeen(''), ok: true, milliseconds, message: null, found: 'well' });
export const failed = (message = 'It does not answer.', reached?: boolean): CheckResult => ({
  ...nothingSeen(message),
  ok: false,
  ...(reached === undefined ? {} : { reached }),
});
export const unseen = (message = 'Too many open files here.'): CheckResult => nothingSeen(message);

type Looked = CheckResult | Promise<CheckResult> | ((check: Check) => CheckResult | Promise<CheckResult>);

export type MonitorWorld = Awaited<ReturnType<typeof monitorWorld>>;

/** A store with one project whose monitors look at what `answers` says, by name of the host (`http://NAME/`). */
export async function monitorWorld({ wall = Date.UTC(2026, 0, 5, 12), state: given }: { wall?: number; state?: TestState } = {}) {
  const state = given ?? (await openState(undefined, wall));
  const project = 'project-1';
  await state.store.write(author, (transaction) => {
    transaction.run('insert into projects (id, name, created) values (?, ?, ?) on conflict do nothing', [project, 'shop', wall]);
  });
  const clock = new HandClock(wall);
  const answers = new Map<string, Looked>();
  const deployed = new Map<string, Health>();
  const happened: Happening[] = [];
  const told: { method: string; params: unknown }[] = [];
  const logged: string[] = [];
  const looks: { target: string; time: number; at: number }[] = [];
  let outside: boolean | undefined = true;
  let open = 0;
  const consequences: Consequences = {
    draw: (_transaction, _config, happening) => void happened.push(happening),
    wake: () => {},
  };
  /** Ends with the hub that has it. */
  const lifeOf = () => {
    const stops = new Set<() => void>();
    let dead = false;
    return {
      clock: {
        wall: () => clock.wall(),
        monotonic: () => clock.monotonic(),
        timer: (milliseconds: number, run: () => void) => {
          if (dead) return () => {};
          const stop = clock.timer(milliseconds, run);
          stops.add(stop);
          return stop;
        },
      },
      end: () => {
        dead = true;
        for (const stop of stops) stop();
      },
    };
  };
  let life = lifeOf();
  const make = (more: { consequences?: Consequences } = {}) =>
    new Monitors({
      store: state.store,
      projectOf: { id: async () => project, ensure: async () => project } as unknown as ProjectOf,
      keys: new Keys(state.home),
      log: (level, text, fields) => void logged.push(`${level} ${text} ${JSON.stringify(fields ?? {})}`),
      notify: (definition, params) => void told.push({ method: definition.method, params }),
      consequences: more.consequences ?? consequences,
      deployedHealth: (id) => deployed.get(id) ?? { state: 'unknown', since: 0 },
      pushAddress: () => 'http://127.0.0.1:9797',
      clock: life.clock,
      outside: async () => outside,
      check: async (check, settings) => {
        const target = targetName(check);
        looks.push({ target, time: clock.wall(), at: clock.monotonic() });
        const answer = answers.get(target) ?? up();
        open++;
        try {
          const result = await (typeof answer === 'function' ? answer(check) : answer);
          return settings.inverted && result.ok !== null ? { ...result, ok: !result.ok } : result;
        } finally {
          open--;
        }
      },
    });
  let monitors = make();
  /** What was begun has come to rest: looks, writes. */
  const settle = async () => {
    for (let round = 0; round < 4; round++) {
      await setImmediate();
      await state.store.read(() => undefined);
    }
  };
  const world = {
    ...{ state, store: state.store, project, clock, answers, deployed, happened, told, logged, looks, settle },
    get monitors() {
      return monitors;
    },
    get open() {
      return open;
    },
    /** Whether a name server out there answers. */
    setOutside(answer: boolean | undefined): void {
      outside = answer;
    },
    /** Applies monitors to the project as *Apply* does. */
    async apply(wanted: readonly MonitorConfig[], more: Partial<HearthConfig> = {}): Promise<void> {
      const config: HearthConfig = {
        ...{ version: 1, project: 'shop', services: {}, environments: {}, retention: { releases: 5, logs: 20 } },
        ...nothingWatched,
        ...more,
        monitors: wanted,
      };
      await state.store.write(author, (transaction) => {
        monitors.apply(transaction, project, config);
        transaction.event({ project, entity: 'config', entityId: project, kind: 'applied', payload: {} });
      });
      await world.followed();
    },
    /** The monitors have taken over what is kept. */
    async followed(): Promise<void> {
      // Its own timer is over before ours; what that begins reads several times.
      await new Promise((resolve) => setTimeout(resolve, 70));
      for (let round = 0; round < 5; round++) await settle();
    },
    async start(): Promise<void> {
      monitors.start();
      await world.followed();
    },
    /** Ends this hub, or forgets it as a kill would, and begins with another one on the same store. `started: false`: that is in its first moment. */
    async again({
      kill = false,
      started = true,
      consequences: other,
    }: {
      kill?: boolean;
      started?: boolean;
      consequences?: Consequences;
    } = {}): Promise<void> {
      if (!kill) await monitors.stop();
      life.end();
      life = lifeOf();
      monitors = make(other === undefined ? {} : { consequences: other });
      if (started) await world.start();
    },
    advance: async (milliseconds: number) => {
      await clock.advance(milliseconds, settle);
      await settle();
    },
    async changes(name: string): Promise<ChangeRecord[]> {
      return state.store.read((reader) => readChanges(reader, monitorByName(reader, project, name)?.id ?? '', 100).reverse());
    },
    async stateOf(name: string) {
      await monitors.flush();
      return state.store.read((reader) => readState(reader, monitorByName(reader, project, name)?.id ?? ''));
    },
    records: () => state.store.read((reader) => allMonitors(reader, project)),
    /** Asks a handler, as a request would. */
    async ask<T = Record<string, unknown>>(method: string, params: object): Promise<T> {
      const registration = monitors.handlers().find(({ definition }) => definition.method === method);
      if (registration === undefined) throw new Error(`no ${method}`);
      const parsed = registration.definition.params.safeParse({ repository: '/repository', ...params });
      if (!parsed.success) throw new Error(JSON.stringify(parsed.error.issues));
      const context: Context = {
        ...{ signal: new AbortController().signal, session: new Session(true, 'test'), log: () => {}, correlationId: 'test-ask' },
        ...{ key: undefined, confirmed: true, streaming: false, emit: () => {}, progress: () => {}, happened: () => {} },
      };
      const result = await registration.run(parsed.data, context);
      const checked = registration.definition.result.safeParse(result);
      if (!checked.success) throw new Error(`${method}: ${JSON.stringify(checked.error.issues)}`);
      return result as T;
    },
    transitions: () =>
      happened.flatMap((each) =>
        each.kind === 'transition' ? [`${each.transition.monitor.name}: ${each.transition.from} → ${each.transition.to}`] : [],
      ),
    async dispose(): Promise<void> {
      await monitors.stop();
      if (given === undefined) await state.close();
    },
  };
  return world;
}

function targetName(check: Check): string {
  switch (check.kind) {
    case 'http':
      return new URL(check.url).hostname;
    case 'tcp':
    case 'ping':
    case 'tls':
    case 'snmp':
      return check.host;
    case 'dns':
      return check.name;
    default:
      return check.kind;
  }
}

export function monitorOn(
  name: string,
  given: Partial<MonitorSettings> & { host?: string; check?: object; service?: string; environment?: string } = {},
): MonitorConfig {
  const { host = `${name}.example.test`, check, service, environment, ...settings } = given;
  return {
    name,
    ...(service === undefined ? {} : { service }),
    ...(environment === undefined ? {} : { environment }),
    check: checkSchema.parse(check ?? { kind: 'http', url: `http://${host}/` }),
    settings: monitorSettings.parse(settings),
    line: 1,
  };
}
