// What Hearth writes for Traefik, against the documented fields; what it reads again; whose rules are in the way.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { certificatesOf, fileOf, isOurName, type KeptRoute, traefikConfig } from '../../../server/deploy/routing/traefikConfig.ts';
import { type OwnFile, readOwnFile, writeOwnFile } from '../../../server/deploy/routing/traefikFile.ts';
import { ruleFor } from '../../../server/deploy/routing/traefikForeign.ts';
import { type Dynamic, fieldProblems } from '../../support/traefik/fields.ts';
import { matches, parseRule } from '../../support/traefik/rule.ts';

const web: KeptRoute = {
  ...{ service: 'web', host: 'shop.example.test', path: '/', deployment: '0mf000000000000a' },
  ...{ upstreams: ['172.18.0.2:8080', '172.18.0.3:8080'], entryPoints: [], tls: { kind: 'router' } },
};
const routes: readonly KeptRoute[] = [
  web,
  { ...web, service: 'api', path: '/api', entryPoints: ['websecure'], tls: { kind: 'resolver', name: 'letsencrypt' } },
  { ...web, service: 'plain', host: 'plain.example.test', tls: { kind: 'none' }, upstreams: ['[fd00::2]:80'] },
  { ...web, service: 'own', host: 'own.internal', tls: { kind: 'local', folder: '/dynamic/', certificate: 'own.internal-1' } },
  {
    ...web,
    service: 'also',
    host: 'own.internal',
    path: '/also/',
    tls: { kind: 'local', folder: '/dynamic/', certificate: 'own.internal-1' },
  },
];
const file: OwnFile = { owner: 'me', project: 'shop', environment: 'production', routes };

describe('the file', () => {
  test('has only documented fields, and every name leads somewhere', async () => {
    expect(fieldProblems(parse(await writeOwnFile(file)))).toEqual([]);
  });

  test('is what Traefik needs for one route', async () => {
    const text = await writeOwnFile({ ...file, routes: [{ ...web, path: '/api' }] });
    const [first, second, ...body] = text.split('\n');
    expect(first).toBe('# Hearth writes this file for production of shop, and writes it again when it was changed.');
    expect(second).toMatch(/^# hearth-1 [0-9a-f]{64} \{/);
    expect(body.join('\n')).toBe(`http:
  routers:
    hearth_shop_production_web:
      service: hearth_shop_production_web
      tls: {}
      rule: Host(\`shop.example.test\`) && (Path(\`/api\`) || PathPrefix(\`/api/\`))
      priority: 66
      middlewares:
        - hearth_shop_production_web_retry
    hearth_shop_production_web_confirm:
      service: hearth_shop_production_web
      tls: {}
      rule: Host(\`shop.example.test\`) && (Path(\`/api\`) || PathPrefix(\`/api/\`)) && Header(\`hearth-confirm\`, \`0mf000000000000a\`)
      priority: 67
      middlewares:
        - hearth_shop_production_web_confirm
        - hearth_shop_production_web_retry
  services:
    hearth_shop_production_web:
      loadBalancer:
        servers:
          - url: http://172.18.0.2:8080
          - url: http://172.18.0.3:8080
  middlewares:
    hearth_shop_production_web_retry:
      retry:
        attempts: 4
        initialInterval: 100ms
    hearth_shop_production_web_confirm:
      headers:
        customResponseHeaders:
          hearth-deployment: 0mf000000000000a
`);
  });

  test('names resolvers, entry points and each certificate once', () => {
    const { http, tls } = traefikConfig(file, routes);
    expect(http.routers['hearth_shop_production_api']).toMatchObject({ entryPoints: ['websecure'], tls: { certResolver: 'letsencrypt' } });
    expect(http.routers['hearth_shop_production_plain']).not.toHaveProperty('tls');
    const pair = '/dynamic/hearth_shop_production.certificates/own.internal-1';
    expect(tls).toEqual({ certificates: [{ certFile: `${pair}.crt`, keyFile: `${pair}.key` }] });
  });

  test('has a name of its own for every project and environment', () => {
    expect(fileOf({ project: 'a-b', environment: 'c' })).not.toBe(fileOf({ project: 'a', environment: 'b-c' }));
    expect(isOurName(fileOf(file))).toBe(true);
    expect(isOurName(certificatesOf(file))).toBe(false);
    expect(isOurName('hearth.yml')).toBe(false);
  });

  test('is read again as it was written; cut off or edited anywhere it is not', async () => {
    const text = await writeOwnFile({ ...file, routes: routes.slice(0, 2) });
    expect(readOwnFile(text)).toEqual({ ...file, routes: [routes[1], routes[0]] });
    for (let length = 0; length < text.length; length += 1) expect(readOwnFile(text.slice(0, length)), `${length}`).toBeUndefined();
    expect(readOwnFile(text.replace('172.18.0.2', '172.18.0.9'))).toBeUndefined();
    expect(readOwnFile(text.replace('8080', '8081'))).toBeUndefined();
    expect(readOwnFile(`${text}# more\n`)).toBeUndefined();
    expect(readOwnFile('http: {}\n')).toBeUndefined();
  });

  test('holds nothing that Traefik takes for a template', async () => {
    expect(await writeOwnFile(file)).not.toContain('{{');
  });
});

describe('rules', () => {
  const segment = fc.stringMatching(/^[ab]{1,2}$/);
  const somePath = fc.array(segment, { maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
  const configured = fc.tuple(somePath, fc.boolean()).map(([path, slash]) => (slash && path !== '/' ? `${path}/` : path));

  test('take a path and what is below it, for one host; the longer path comes first, and the confirming request stays where it was', () => {
    const check = (configuredPaths: readonly string[], path: string) => {
      const services = [...new Map(configuredPaths.map((each) => [each.replace(/\/$/, ''), each])).values()];
      const { http } = traefikConfig(
        file,
        services.map((each, at) => ({ ...web, service: `s${at}`, path: each, deployment: `d${at}` })),
      );
      const answering = (headers: Record<string, string>) =>
        Object.entries(http.routers)
          .filter(([, { rule }]) => matches(parseRule(rule), { host: web.host, path, headers }))
          .sort(([, a], [, b]) => b.priority - a.priority)[0]?.[1].service;
      const isBelow = (each: string) => {
        const whole = each.replace(/\/$/, '');
        return path === whole || path.startsWith(`${whole}/`);
      };
      const wanted = services.filter(isBelow).sort((a, b) => b.length - a.length)[0];
      const name = wanted === undefined ? undefined : `hearth_shop_production_s${services.indexOf(wanted)}`;
      expect(answering({})).toBe(name);
      services.forEach((each, at) => {
        // Asked with the id of any release, the same one answers, unless it is the one that was asked for.
        const confirmed = answering({ 'hearth-confirm': `d${at}` });
        expect(confirmed).toBe(name);
        expect(isBelow(each) || confirmed !== `hearth_shop_production_s${at}`).toBe(true);
      });
      for (const { rule } of Object.values(http.routers))
        expect(matches(parseRule(rule), { host: 'other.example.test', path, headers: {} })).toBe(false);
    };
    fc.assert(fc.property(fc.array(configured, { minLength: 1, maxLength: 4 }), somePath, check), { numRuns: 300 });
  });
});

describe('the check of the fields', () => {
  const valid = (): { [key: string]: never } => structuredClone(traefikConfig(file, [web])) as never;
  test.each<[string, (config: Dynamic & Record<string, never>) => unknown, string]>([
    [
      'an unknown field',
      ({ http }) => Object.assign(http?.routers?.['hearth_shop_production_web'] ?? {}, { Rule: 'x' }),
      'field not found',
    ],
    [
      'a wrong type',
      ({ http }) => Object.assign(http?.routers?.['hearth_shop_production_web'] ?? {}, { priority: '5' }),
      'must be an integer',
    ],
    [
      'a service that is nowhere',
      ({ http }) => Object.assign(http?.routers?.['hearth_shop_production_web'] ?? {}, { service: 'x' }),
      'does not exist',
    ],
    [
      'a rule of Traefik 2',
      ({ http }) => Object.assign(http?.routers?.['hearth_shop_production_web'] ?? {}, { rule: 'Headers(`a`, `b`)' }),
      'unsupported function',
    ],
    [
      'no rule of a host',
      ({ http }) => Object.assign(http?.routers?.['hearth_shop_production_web'] ?? {}, { rule: 'Path(`/`)' }),
      'every host',
    ],
    [
      'two kinds of one middleware',
      ({ http }) => Object.assign(http?.middlewares?.['hearth_shop_production_web_retry'] ?? {}, { chain: { middlewares: [] } }),
      'exactly one kind',
    ],
  ])('finds %s', (_what, spoil, problem) => {
    const config = valid();
    expect(fieldProblems(config)).toEqual([]);
    spoil(config as never);
    expect(fieldProblems(config).join('\n')).toContain(problem);
  });
});

describe("somebody else's rules", () => {
  test.each([
    ['YAML', 'http:\n  routers:\n    blog:\n      rule: Host(`blog.example.test`)\n', 4],
    ['quotes in quotes', '"rule": "Host(\\"blog.example.test\\") && PathPrefix(\\"/x\\")"', 1],
    ['TOML', "[http.routers.blog]\n  rule = 'PathPrefix(`/a`) && Host( `Blog.Example.test` )'", 2],
    ['several hosts', 'rule: Host(`a.test`, `blog.example.test`)', 1],
    ['a TCP router', 'rule: HostSNI(`blog.example.test`)', 1],
    ['a rule over lines', 'rule: >-\n  Method(`GET`) &&\n  Host(`blog.example.test`)', 3],
    ['a template', '{{ range $i := until 2 }}\nrule: "Host(`blog.example.test`)"\n{{ end }}', 2],
  ])('are found in %s', (_what, text, line) => {
    expect(ruleFor(text, 'blog.example.test')?.line).toBe(line);
  });

  test.each([
    ['another host', 'rule: Host(`myblog.example.test`)'],
    ['a part of it', 'rule: Host(`example.test`)'],
    ['a comment', '# rule: Host(`blog.example.test`)\n  # Host(`blog.example.test`)'],
    ['all but it', 'rule: "!Host(`blog.example.test`) && PathPrefix(`/`)"'],
    ['its name elsewhere', 'url: http://blog.example.test'],
  ])('are not seen in %s', (_what, text) => {
    expect(ruleFor(text, 'blog.example.test')).toBeUndefined();
  });
});
