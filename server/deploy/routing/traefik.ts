import { setTimeout as wait } from 'node:timers/promises';
import type { Routing } from '../../config/hearthTypes.ts';
import { Failure } from '../../rpc/failure.ts';
import { Authority } from '../authority/index.ts';
import type { Engine } from '../engine/types.ts';
import { answerHeader, askHeader } from './confirmHeaders.ts';
import { type DialAnswer, dialHttp } from './dialHttp.ts';
import { type LiveRoute, liveRoutes } from './liveRoutes.ts';
import { TraefikCertificates } from './traefikCertificates.ts';
import { fileOf, type KeptRoute, type KeptTls } from './traefikConfig.ts';
import { type OwnFile, writeOwnFile } from './traefikFile.ts';
import { type Found, TraefikFolder } from './traefikFolder.ts';
import { ruleFor } from './traefikForeign.ts';
import type { Entry, Route, Router, RouterParts, RouteTarget } from './types.ts';

type TraefikRouting = Extract<Routing, { kind: 'traefik' }>;

/** Milliseconds for a switch to be seen: Traefik waits two seconds between configurations unless told (`providersThrottleDuration`). */
const usualPatience = 20_000;

/**
 * A Traefik through the folder that its file provider watches: one file for each environment, written whole or not at all. Files of others are read,
 * never changed. Requests on their way are finished by what they began with.
 */
export class TraefikRouter implements Router {
  readonly kind = 'traefik';
  readonly network: string | undefined;
  readonly #routing: TraefikRouting;
  readonly #engine: Engine;
  readonly #parts: RouterParts;
  readonly #patience: number;
  readonly #folder: TraefikFolder;
  readonly #authority: Authority;
  readonly #certificates: TraefikCertificates;

  constructor(routing: TraefikRouting, engine: Engine, parts: RouterParts, { patience = usualPatience, now = Date.now } = {}) {
    this.network = routing.network;
    this.#routing = routing;
    this.#engine = engine;
    this.#parts = parts;
    this.#patience = patience;
    this.#folder = new TraefikFolder(routing.folder, () => parts.fence?.check());
    this.#authority = new Authority(parts.home, now);
    this.#certificates = new TraefikCertificates(this.#folder, this.#authority, now);
  }

  async check(target: RouteTarget): Promise<void> {
    this.#refuseRemote();
    await this.#folder.check();
    // One that cannot be used is said before anything is done.
    if (this.#routing.tls.kind === 'local') this.#authority.read();
    const name = fileOf(target);
    refuseForeign(await this.#folder.read(name), target);
    const ours = await this.#folder.readAll();
    for (const file of ours) {
      const taken = file.routes.find(({ host, path, service }) => {
        const own = isPlaceOf(file, target) && service === target.service;
        return !own && host === target.host && path === target.path;
      });
      if (taken !== undefined) throw inTheWay(file, taken, target);
    }
    const known = new Set([name, ...ours.map(fileOf)]);
    for await (const { path, text } of this.#folder.others(known)) {
      const found = ruleFor(text, target.host);
      if (found === undefined) continue;
      throw new Failure(
        'precondition',
        `Traefik has a route of its own for ${target.host}: ${path}:${found.line} in ${this.#routing.folder}.`,
        {
          hint: `Take ${target.host} out of that file, or give the service another \`route.host\`.`,
        },
      );
    }
  }

  async current(target: RouteTarget): Promise<Route | undefined> {
    const found = await this.#folder.read(fileOf(target));
    return found.kind === 'own' && isTargetsOwn(found.file, target) ? routeIn(found.file, target) : undefined;
  }

  async look(): Promise<(target: RouteTarget) => Route | undefined> {
    const files = await this.#folder.readAll();
    const stale = new Set<KeptRoute>();
    for (const file of files) {
      for (const route of file.routes) {
        const { tls, host } = route;
        if (tls.kind === 'local' && !(await this.#certificates.isGood(file, host, tls.certificate))) stale.add(route);
      }
    }
    return (target) => {
      const file = files.find((each) => isPlaceOf(each, target) && isTargetsOwn(each, target));
      const route = file === undefined ? undefined : keptIn(file, target);
      // As good as a route to nowhere: whoever compares writes it again, with a new certificate.
      if (route !== undefined && stale.has(route)) return { deployment: route.deployment, upstreams: [] };
      return file === undefined ? undefined : routeIn(file, target);
    };
  }

  async route(target: RouteTarget, route: Route, signal: AbortSignal): Promise<void> {
    if (route.upstreams.length === 0) throw new Failure('internal', 'A route needs an upstream.');
    this.#refuseRemote();
    const { service, host, path } = target;
    await this.#change(target, signal, async (routes) => {
      const kept = await this.#kept(target, { ...route, service, host, path, routing: this.#routing }, routes);
      return [...routes.filter((each) => each.service !== service).map((each) => withCertificateOf(each, kept)), kept];
    });
  }

  async confirm(target: RouteTarget, route: Route, signal: AbortSignal): Promise<{ milliseconds: number; detail: string }> {
    const start = performance.now();
    const { address, tls } = await this.entry(target, signal);
    const wanted = await this.#fingerprint(target);
    const headers = { host: target.host, [askHeader]: route.deployment, 'user-agent': 'hearth' };
    const asked = { method: 'GET', path: target.probe, headers, timeout: 5000, ...(tls ? { tls: target.host } : {}) };
    const where = `${address.host}:${address.port}`;
    let seen = 'no answer';
    for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
      try {
        const answer = await dialHttp(this.#engine, address, asked, signal);
        const problem = problemOf(answer, route, wanted);
        if (problem === undefined) {
          const [only, ...more] = route.upstreams;
          const from = more.length === 0 ? only : `one of ${route.upstreams.join(', ')}`;
          return { milliseconds: performance.now() - start, detail: `${answer.status} from ${from} through ${where}` };
        }
        seen = problem;
      } catch (error) {
        signal.throwIfAborted();
        seen = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
      }
      if (performance.now() - start > this.#patience) {
        throw new Failure(
          'timeout',
          `${target.host} was not answered by the new version at ${tls ? 'https' : 'http'}://${where}: ${seen}.`,
          {
            hint: `Traefik must watch ${this.#routing.folder} (\`providers.file.directory\`) and be reached at \`routing.entry\`; its log says what it refuses.`,
          },
        );
      }
      await wait(pause, undefined, { signal });
    }
  }

  async entry(_target: RouteTarget, signal: AbortSignal): Promise<Entry> {
    const url = new URL(this.#routing.entry);
    const tls = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const address = { host, port: url.port === '' ? (tls ? 443 : 80) : Number(url.port) };
    // A host that is neither an address nor a name of the machine is a container in the network of `routing`.
    if (this.network === undefined || host === 'localhost' || /[.:]/.test(host)) return { address, tls };
    const inside = (await this.#engine.inspectContainer(host, signal))?.addresses[this.network];
    if (inside === undefined || inside === '') {
      throw new Failure('precondition', `There is no running container ${host} in the network ${this.network}.`, {
        hint: 'Start Traefik, or say in `routing.entry` where it is reached.',
      });
    }
    return { address: { ...address, host: inside }, tls };
  }

  async remove(target: RouteTarget, signal: AbortSignal): Promise<void> {
    const found = await this.#folder.read(fileOf(target));
    // Somebody else's by now: nothing of ours is there.
    if (found.kind === 'none' || (found.kind === 'own' && !isTargetsOwn(found.file, target))) return;
    await this.#change(target, signal, async (routes) => routes.filter(({ service }) => service !== target.service));
  }

  /** Reads the file of the environment, and writes it as `edit` says; what cannot be read is made anew from the state. */
  async #change(
    target: RouteTarget,
    signal: AbortSignal,
    edit: (routes: readonly KeptRoute[]) => Promise<readonly KeptRoute[]>,
  ): Promise<void> {
    const name = fileOf(target);
    await this.#folder.exclusively(name, async () => {
      const found = await this.#folder.read(name);
      refuseForeign(found, target);
      const before = found.kind === 'own' ? found.file.routes : await this.#fromState(target, signal);
      const routes = await edit(before);
      if (found.kind === 'damaged') await this.#folder.keepDamaged(name);
      if (routes.length === 0) await this.#folder.remove(name);
      else {
        const { owner, project, environment } = target;
        const text = await writeOwnFile({ owner, project, environment, routes });
        if (found.kind !== 'own' || found.text !== text) await this.#folder.write(name, text);
      }
      // Traefik may be reading the file from before at this moment.
      const needed = routes.length === 0 ? routes : [...before, ...routes];
      await this.#certificates.keep(target, new Set(needed.flatMap(({ tls }) => (tls.kind === 'local' ? [tls.certificate] : []))));
    });
  }

  async #fromState(target: RouteTarget, signal: AbortSignal): Promise<KeptRoute[]> {
    const live = await liveRoutes(this.#parts, this.#engine, target, signal);
    const kept: KeptRoute[] = [];
    for (const each of live) {
      if (each.routing.kind === 'traefik' && each.routing.folder === this.#routing.folder) kept.push(await this.#kept(target, each, kept));
    }
    return kept;
  }

  async #kept(target: RouteTarget, { routing, ...route }: LiveRoute, known: readonly KeptRoute[]): Promise<KeptRoute> {
    const { entryPoints, tls } = routing.kind === 'traefik' ? routing : this.#routing;
    const { service, host, path, deployment, upstreams } = route;
    const common = { service, host, path, deployment, upstreams: [...upstreams].sort(), entryPoints };
    if (tls.kind !== 'local') return { ...common, tls };
    const same = known.flatMap((each) => (each.host === host && each.tls.kind === 'local' ? [each.tls.certificate] : []));
    const local: KeptTls = { ...tls, certificate: await this.#certificates.ensure(target, host, same[0]) };
    return { ...common, tls: local };
  }

  /** Of the certificate of our own that Traefik must show. */
  async #fingerprint(target: RouteTarget): Promise<string | undefined> {
    const found = await this.#folder.read(fileOf(target));
    const tls = found.kind === 'own' ? keptIn(found.file, target)?.tls : undefined;
    return tls?.kind === 'local' ? (await this.#certificates.read(target, tls.certificate))?.fingerprint256 : undefined;
  }

  #refuseRemote(): void {
    if (!/^(ssh|tcp):/.test(this.#engine.address)) return;
    throw new Failure('precondition', `Traefik’s folder is on this machine, and ${this.#engine.address} is another one.`, {
      hint: 'Use `docker: local`, run Hearth on that machine, or route with Caddy.',
    });
  }
}

/** Why an answer does not prove that the new version is reached; undefined: it does. */
function problemOf(answer: DialAnswer, { deployment }: Route, fingerprint: string | undefined): string | undefined {
  if (answer.headers[answerHeader] !== deployment) return `${answer.status} from somebody else`;
  // Traefik's own answers carry the header too.
  const isOwn = { 502: 'Bad Gateway', 503: 'no available server', 504: 'Gateway Timeout' }[answer.status] === answer.body.trim();
  if (isOwn) return `${answer.status}, Traefik does not reach the container`;
  if (fingerprint !== undefined && answer.certificate !== fingerprint)
    return 'Traefik shows another certificate than the one of Hearth’s authority';
  return undefined;
}

function isPlaceOf(file: OwnFile, { project, environment }: RouteTarget): boolean {
  return file.project === project && file.environment === environment;
}

/** Ours, or of an owner from whom the environment was taken over. */
function isTargetsOwn({ owner }: OwnFile, target: RouteTarget): boolean {
  return owner === target.owner || target.adopted?.includes(owner) === true;
}

function keptIn({ routes }: OwnFile, { service }: RouteTarget): KeptRoute | undefined {
  return routes.find((each) => each.service === service);
}

function routeIn(file: OwnFile, target: RouteTarget): Route | undefined {
  const kept = keptIn(file, target);
  return kept === undefined ? undefined : { deployment: kept.deployment, upstreams: kept.upstreams };
}

/** A host has one certificate, whatever service is asked. */
function withCertificateOf(route: KeptRoute, { host, tls }: KeptRoute): KeptRoute {
  if (route.host !== host || route.tls.kind !== 'local' || tls.kind !== 'local') return route;
  return { ...route, tls: { ...route.tls, certificate: tls.certificate } };
}

function refuseForeign(found: Found, target: RouteTarget): void {
  if (found.kind !== 'own' || isTargetsOwn(found.file, target)) return;
  throw new Failure('precondition', `${fileOf(target)} in Traefik’s folder was written by another home of Hearth.`, {
    hint: 'Take the environment over (`hearth deploy adopt`), or give the project another name.',
  });
}

function inTheWay({ project, environment, owner }: OwnFile, { service }: KeptRoute, target: RouteTarget): Failure {
  const whose = owner === target.owner ? '' : ', deployed from another home';
  return new Failure('precondition', `${target.host}${target.path} is routed to ${service} of ${project} ${environment}${whose}.`, {
    hint: 'Remove that one first, or give the service another `route`.',
  });
}
