// `routing` of an environment: what belongs to which router, and what a file for Traefik comes to.
import { describe, expect, test } from 'vitest';
import { parseHearth } from '../../../server/config/hearthParser.ts';

const text = (environment: string) =>
  `version: 1\nproject: shop\nservices:\n  web: { image: "a:1", port: 80 }\nenvironments:\n  production: ${environment}\n`;
const read = (environment: string) => parseHearth(text(environment), 'shop');
const messages = (environment: string) => read(environment).problems.map(({ message }) => message);
const routing = (environment: string) => {
  const { config, problems } = read(environment);
  expect(problems).toEqual([]);
  return config?.environments['production']?.routing;
};

describe('Traefik', () => {
  test('needs its folder; the rest has defaults', () => {
    expect(routing('{ routing: { kind: traefik, folder: /etc/traefik/dynamic/ } }')).toEqual({
      kind: 'traefik',
      folder: '/etc/traefik/dynamic',
      entryPoints: [],
      tls: { kind: 'router' },
      entry: 'https://127.0.0.1',
    });
    expect(routing('{ routing: { kind: traefik, folder: /dynamic, tls: none } }')).toMatchObject({
      entry: 'http://127.0.0.1',
      tls: { kind: 'none' },
    });
    expect(
      routing(
        '{ docker: local, routing: { kind: traefik, folder: /srv/dynamic, network: edge, entry_points: [websecure], tls: { local: /dynamic }, entry: "https://traefik:8443/" } }',
      ),
    ).toMatchObject({
      network: 'edge',
      entryPoints: ['websecure'],
      tls: { kind: 'local', folder: '/dynamic' },
      entry: 'https://traefik:8443',
    });
    expect(routing('{ routing: { kind: traefik, folder: /d, tls: { resolver: letsencrypt } } }')).toMatchObject({
      tls: { kind: 'resolver', name: 'letsencrypt' },
    });
    for (const without of ['{ routing: traefik }', '{ routing: { kind: traefik, network: edge } }']) {
      expect(messages(without)).toEqual([expect.stringContaining('Traefik needs the `folder`')]);
    }
  });

  test.each([
    ['{ kind: traefik, folder: /d, admin: "http://127.0.0.1:2019" }', '`admin` is for Caddy.'],
    ['{ kind: caddy, folder: /d }', '`folder` is for Traefik.'],
    ['{ kind: caddy, tls: none }', '`tls` is for Traefik.'],
    ['{ kind: traefik, folder: "/d/../e" }', 'must be a folder without'],
    ['{ kind: traefik, folder: "/d{{ x }}" }', 'must be a folder without'],
    ['{ kind: traefik, folder: / }', 'must be'],
    ['{ kind: traefik, folder: /d, tls: { local: /x//y } }', 'must be a folder without'],
    ['{ kind: traefik, folder: /d, entry: "http://127.0.0.1" }', 'does not answer plain HTTP'],
  ])('%s: %s', (given, problem) => {
    expect(messages(`{ routing: ${given} }`)).toEqual([expect.stringContaining(problem)]);
  });

  test('is told by files of this machine, so the engine is here too', () => {
    expect(messages('{ docker: "ssh://deploy@host", routing: { kind: traefik, folder: /d } }')).toEqual([
      expect.stringContaining('`docker` must be `local`'),
    ]);
  });

  test('without TLS a route may be behind an entry point that has it', () => {
    expect(routing('{ routing: { kind: traefik, folder: /d, tls: none, entry: "https://127.0.0.1" } }')).toMatchObject({
      entry: 'https://127.0.0.1',
    });
  });

  test('keys of another router are taken out by the quick fix', () => {
    const { problems } = read('\n    routing:\n      kind: caddy\n      folder: /d');
    expect(problems[0]?.fixes?.map(({ title }) => title)).toEqual(['Remove `folder`']);
  });
});
