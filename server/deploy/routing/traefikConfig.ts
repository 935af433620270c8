import type { Routing } from '../../config/hearthTypes.ts';
import { answerHeader, askHeader } from './confirmHeaders.ts';
import type { Route, RouteTarget } from './types.ts';

/** Dynamic configuration of Traefik 3 (https://doc.traefik.io/traefik/reference/dynamic-configuration/file/), as far as Hearth writes it. */
interface TraefikConfig {
  readonly http: {
    readonly routers: Readonly<Record<string, TraefikRule>>;
    readonly services: Readonly<Record<string, { readonly loadBalancer: { readonly servers: readonly { readonly url: string }[] } }>>;
    readonly middlewares: Readonly<
      Record<
        string,
        | { readonly retry: { readonly attempts: number; readonly initialInterval: string } }
        | { readonly headers: { readonly customResponseHeaders: Readonly<Record<string, string>> } }
      >
    >;
  };
  readonly tls?: { readonly certificates: readonly { readonly certFile: string; readonly keyFile: string }[] };
}

interface TraefikRule {
  readonly entryPoints?: readonly string[];
  readonly rule: string;
  readonly priority: number;
  readonly middlewares: readonly string[];
  readonly service: string;
  readonly tls?: { readonly certResolver?: string };
}

/** The route of one service as a file of Hearth's keeps it: all that its part of the configuration is made from. */
export interface KeptRoute extends Route {
  readonly service: string;
  readonly host: string;
  readonly path: string;
  readonly entryPoints: readonly string[];
  readonly tls: KeptTls;
}

type GivenTls = Extract<Routing, { kind: 'traefik' }>['tls'];

/** `certificate`: the name of its two files, without `.crt` and `.key`. */
export type KeptTls = Exclude<GivenTls, { kind: 'local' }> | (Extract<GivenTls, { kind: 'local' }> & { readonly certificate: string });

type Place = Pick<RouteTarget, 'project' | 'environment'>;

/** All names are DNS labels, so no two places have one name. Names of routers and the like count for the whole folder. */
const nameOf = ({ project, environment }: Place): string => `hearth_${project}_${environment}`;

export const fileOf = (place: Place): string => `${nameOf(place)}.yml`;
/** Nothing in it ends in `.yml`, so Traefik passes it over. */
export const certificatesOf = (place: Place): string => `${nameOf(place)}.certificates`;
/** Whether a file has a name of ours. */
export const isOurName = (file: string): boolean => /^hearth_[a-z0-9-]+_[a-z0-9-]+\.yml$/.test(file);

/** Those who ask with the id of a release learn whether it is the one that answers; nobody else does. */
export function traefikConfig(place: Place, routes: readonly KeptRoute[]): TraefikConfig {
  const parts = routes.map((route) => partOf(`${nameOf(place)}_${route.service}`, route));
  const merged = <K extends 'routers' | 'services' | 'middlewares'>(key: K) =>
    Object.assign({}, ...parts.map((part) => part[key])) as TraefikConfig['http'][K];
  const certificates = new Map<string, { certFile: string; keyFile: string }>();
  for (const { tls } of routes) {
    if (tls.kind !== 'local') continue;
    const file = `${tls.folder.replace(/\/$/, '')}/${certificatesOf(place)}/${tls.certificate}`;
    certificates.set(file, { certFile: `${file}.crt`, keyFile: `${file}.key` });
  }
  return {
    http: { routers: merged('routers'), services: merged('services'), middlewares: merged('middlewares') },
    ...(certificates.size === 0 ? {} : { tls: { certificates: [...certificates.values()] } }),
  };
}

function partOf(name: string, { host, path, deployment, upstreams, entryPoints, tls }: KeptRoute): TraefikConfig['http'] {
  const rule = ruleOf(host, path);
  const common = {
    ...(entryPoints.length === 0 ? {} : { entryPoints }),
    service: name,
    ...(tls.kind === 'none' ? {} : { tls: tls.kind === 'resolver' ? { certResolver: tls.name } : {} }),
  };
  return {
    routers: {
      // The length of the rule is what Traefik would take: a longer path comes before a shorter one.
      [name]: { ...common, rule, priority: rule.length, middlewares: [`${name}_retry`] },
      [`${name}_confirm`]: {
        ...common,
        rule: `${rule} && Header(\`${askHeader}\`, \`${deployment}\`)`,
        priority: rule.length + 1,
        middlewares: [`${name}_confirm`, `${name}_retry`],
      },
    },
    services: { [name]: { loadBalancer: { servers: upstreams.map((upstream) => ({ url: `http://${upstream}` })) } } },
    middlewares: {
      // One that has just died or is being replaced costs a short wait, not an error. What a server has begun to read is not sent again.
      [`${name}_retry`]: { retry: { attempts: 4, initialInterval: '100ms' } },
      [`${name}_confirm`]: { headers: { customResponseHeaders: { [answerHeader]: deployment } } },
    },
  };
}

/** `PathPrefix` alone would take `/apiary` for `/api`. Hosts and paths hold nothing that would have to be escaped (`serviceSchema.ts`). */
function ruleOf(host: string, path: string): string {
  const whole = path.replace(/\/$/, '');
  if (whole === '') return `Host(\`${host}\`)`;
  return `Host(\`${host}\`) && (Path(\`${whole}\`) || PathPrefix(\`${whole}/\`))`;
}
