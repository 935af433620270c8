// The fields of Traefik 3's dynamic configuration as its reference documents them for the file provider, and a check of a file against them:
// Traefik refuses a file with a field that it does not know.
import { hostsOf, parseRule } from './rule.ts';

type Field =
  | { readonly kind: 'text' | 'integer' | 'boolean' | 'duration' }
  | { readonly kind: 'list'; readonly of: Field }
  | { readonly kind: 'map'; readonly of: Field }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Field>>; readonly one?: boolean };

const text: Field = { kind: 'text' };
const integer: Field = { kind: 'integer' };
const boolean: Field = { kind: 'boolean' };
const duration: Field = { kind: 'duration' };
const list = (of: Field): Field => ({ kind: 'list', of });
const map = (of: Field): Field => ({ kind: 'map', of });
const object = (fields: Readonly<Record<string, Field>>): Field => ({ kind: 'object', fields });
/** Exactly one of these. */
const one = (fields: Readonly<Record<string, Field>>): Field => ({ kind: 'object', fields, one: true });

const texts = list(text);
const domains = list(object({ main: text, sans: texts }));
const certificate = { certFile: text, keyFile: text };
const cookie = { name: text, secure: boolean, httpOnly: boolean, sameSite: text, maxAge: integer, path: text, domain: text };
const sticky = object({ cookie: object(cookie) });
const health = object({
  ...{
    scheme: text,
    mode: text,
    path: text,
    method: text,
    status: integer,
    port: integer,
    interval: duration,
    unhealthyInterval: duration,
  },
  ...{ timeout: duration, hostname: text, followRedirects: boolean, headers: map(text) },
});

const router = object({
  ...{ entryPoints: texts, middlewares: texts, service: text, rule: text, ruleSyntax: text, priority: integer },
  tls: object({ options: text, certResolver: text, domains }),
  observability: object({ accessLogs: boolean, metrics: boolean, tracing: boolean, traceVerbosity: text }),
});

const service = one({
  loadBalancer: object({
    servers: list(object({ url: text, weight: integer, preservePath: boolean, fenced: boolean })),
    ...{ sticky, strategy: text, healthCheck: health, passHostHeader: boolean, serversTransport: text },
    passiveHealthCheck: object({ failureWindow: duration, maxFailedAttempts: integer }),
    responseForwarding: object({ flushInterval: duration }),
  }),
  weighted: object({ services: list(object({ name: text, weight: integer })), sticky, healthCheck: object({}) }),
  mirroring: object({
    ...{ service: text, mirrorBody: boolean, maxBodySize: integer, healthCheck: object({}) },
    mirrors: list(object({ name: text, percent: integer })),
  }),
  failover: object({ service: text, fallback: text, healthCheck: object({}) }),
});

/** Of all that there are, those that a deployer could use. */
const middleware = one({
  retry: object({ attempts: integer, initialInterval: duration }),
  headers: object({
    ...{ customRequestHeaders: map(text), customResponseHeaders: map(text), sslProxyHeaders: map(text) },
    ...{ accessControlAllowCredentials: boolean, accessControlAllowHeaders: texts, accessControlAllowMethods: texts },
    ...{ accessControlAllowOriginList: texts, accessControlAllowOriginListRegex: texts, accessControlExposeHeaders: texts },
    ...{ accessControlMaxAge: integer, addVaryHeader: boolean, allowedHosts: texts, hostsProxyHeaders: texts },
    ...{ stsSeconds: integer, stsIncludeSubdomains: boolean, stsPreload: boolean, forceSTSHeader: boolean, frameDeny: boolean },
    ...{ customFrameOptionsValue: text, contentTypeNosniff: boolean, browserXssFilter: boolean, customBrowserXSSValue: text },
    ...{ contentSecurityPolicy: text, contentSecurityPolicyReportOnly: text, publicKey: text, referrerPolicy: text },
    ...{ permissionsPolicy: text, isDevelopment: boolean },
  }),
  chain: object({ middlewares: texts }),
  stripPrefix: object({ prefixes: texts }),
  redirectScheme: object({ scheme: text, port: text, permanent: boolean }),
});

const serversTransport = object({
  ...{ serverName: text, insecureSkipVerify: boolean, rootCAs: texts, certificates: list(object(certificate)) },
  ...{ maxIdleConnsPerHost: integer, disableHTTP2: boolean, peerCertURI: text },
  forwardingTimeouts: object({
    ...{
      dialTimeout: duration,
      responseHeaderTimeout: duration,
      idleConnTimeout: duration,
      readIdleTimeout: duration,
      pingTimeout: duration,
    },
  }),
});

const configuration = object({
  http: object({ routers: map(router), services: map(service), middlewares: map(middleware), serversTransports: map(serversTransport) }),
  tls: object({
    certificates: list(object({ ...certificate, stores: texts })),
    stores: map(
      object({
        defaultCertificate: object(certificate),
        defaultGeneratedCert: object({ resolver: text, domain: object({ main: text, sans: texts }) }),
      }),
    ),
    options: map(
      object({
        ...{ minVersion: text, maxVersion: text, cipherSuites: texts, curvePreferences: texts, sniStrict: boolean, alpnProtocols: texts },
        clientAuth: object({ caFiles: texts, clientAuthType: text }),
      }),
    ),
  }),
});

export interface Dynamic {
  readonly http?: {
    readonly routers?: Readonly<Record<string, DynamicRouter>>;
    readonly services?: Readonly<Record<string, { readonly loadBalancer?: { readonly servers?: readonly { readonly url: string }[] } }>>;
    readonly middlewares?: Readonly<
      Record<
        string,
        {
          readonly retry?: { readonly attempts: number; readonly initialInterval?: string };
          readonly headers?: { readonly customResponseHeaders?: Readonly<Record<string, string>> };
        }
      >
    >;
  };
  readonly tls?: { readonly certificates?: readonly { readonly certFile: string; readonly keyFile: string }[] };
}

export interface DynamicRouter {
  readonly rule: string;
  readonly service: string;
  readonly entryPoints?: readonly string[];
  readonly middlewares?: readonly string[];
  readonly priority?: number;
  readonly tls?: { readonly certResolver?: string };
}

/** What Traefik would say against it: fields, types, rules, and names that lead nowhere. Empty: nothing. */
export function fieldProblems(value: unknown): string[] {
  const problems: string[] = [];
  visit(value, configuration, '', problems);
  if (problems.length > 0) return problems;
  const { routers = {}, services = {}, middlewares = {} } = (value as Dynamic).http ?? {};
  for (const [name, { rule, service: wanted, middlewares: used = [] }] of Object.entries(routers)) {
    if (rule === undefined || wanted === undefined) problems.push(`router ${name}: has no rule or no service`);
    else {
      if (services[wanted] === undefined) problems.push(`router ${name}: the service ${wanted} does not exist`);
      try {
        if (hostsOf(parseRule(rule)).length === 0) problems.push(`router ${name}: answers for every host`);
      } catch (error) {
        problems.push(`router ${name}: ${(error as Error).message}`);
      }
    }
    for (const each of used) if (middlewares[each] === undefined) problems.push(`router ${name}: the middleware ${each} does not exist`);
  }
  for (const [name, { loadBalancer }] of Object.entries(services)) {
    for (const { url } of loadBalancer?.servers ?? []) {
      if (!URL.canParse(url) || new URL(url).host === '') problems.push(`service ${name}: ${url} is no address`);
    }
  }
  return problems;
}

function visit(value: unknown, field: Field, at: string, problems: string[]): void {
  const wrong = (what: string) => problems.push(`${at === '' ? 'file' : at}: ${what}`);
  const inside = (key: string) => (at === '' ? key : `${at}.${key}`);
  switch (field.kind) {
    case 'text':
      if (typeof value !== 'string') wrong('must be text');
      return;
    case 'integer':
      if (!Number.isInteger(value)) wrong('must be an integer');
      return;
    case 'boolean':
      if (typeof value !== 'boolean') wrong('must be true or false');
      return;
    case 'duration':
      if (typeof value !== 'string' || !/^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(value)) wrong('must be a duration');
      return;
    case 'list':
      if (!Array.isArray(value)) wrong('must be a list');
      else for (const [index, each] of value.entries()) visit(each, field.of, inside(String(index)), problems);
      return;
    default: {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        wrong('must be a mapping');
        return;
      }
      const entries = Object.entries(value);
      if (field.kind === 'object' && field.one === true && entries.length !== 1) wrong('must have exactly one kind');
      for (const [key, each] of entries) {
        const next = field.kind === 'map' ? field.of : field.fields[key];
        if (next === undefined) problems.push(`${inside(key)}: field not found`);
        else visit(each, next, inside(key), problems);
      }
    }
  }
}
