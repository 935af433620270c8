// Static sites in hearth.yaml: what is read, and what cannot be.
import { describe, expect, test } from 'vitest';
import { parseHearth } from '../../../server/config/hearthParser.ts';
import { fixed, problemsOf } from './hearthText.ts';

const text = (service: string, kind = 'static') =>
  `version: 1\nproject: shop\nservices:\n  docs:\n    kind: ${kind}\n${service.replace(/^/gm, '    ')}\nenvironments:\n  production: {}\n`;

describe('a static site', () => {
  test('is read with its build, and without one', () => {
    const built = text(
      'root: "/srv/docs-{environment}"\noutput: ./dist/docs/\nbuild: { run: "npm run docs", image: "node:24", timeout: 5m }',
    );
    expect(parseHearth(built, 'x').problems).toEqual([]);
    expect(parseHearth(built, 'x').config?.services['docs']).toMatchObject({
      kind: 'static',
      replicas: 0,
      source: { kind: 'commit' },
      site: {
        root: '/srv/docs-{environment}',
        output: 'dist/docs',
        build: { run: ['/bin/sh', '-c', 'npm run docs'], image: 'node:24', timeout: 300_000 },
      },
    });
    const plain = parseHearth(text('root: /srv/docs'), 'x');
    expect(plain.problems).toEqual([]);
    expect(plain.config?.services['docs']?.site).toEqual({ root: '/srv/docs', output: '.' });
  });

  test.each([
    ['output: site', 'missing: The static site `docs` needs `root`'],
    ['root: //', 'path: `root` must be a folder of its own.'],
    ['root: /srv/../etc', 'path: `root` must not contain'],
    ['root: srv/docs', 'must be an absolute path'],
    ['root: /srv/docs\noutput: d\nbuild: .', 'missing: The build of a static site needs `run`'],
    ['root: /srv/docs\noutput: d\nbuild: { image: "node:24" }', 'missing: The build of a static site needs `run`'],
    ['root: /srv/docs\nbuild: { run: make }', 'missing: A site that is built needs `output`'],
    ['root: /srv/docs\noutput: ../other', 'path: '],
    ['root: /srv/docs\noutput: d\nbuild: { run: make, timeout: 7h }', '`timeout` must be at most `6h`'],
    ['root: /srv/docs\noutput: d\nbuild: { run: make, context: . }', '`build.context` is for a container, and this is a static site.'],
    ['root: /srv/docs\nport: 80', '`port` is for a container, and this is a static site.'],
    ['root: /srv/docs\nhealth: { container: true }', '`health` is for a container or a stack'],
    ['root: /srv/docs\nmigrate: { run: x }', '`migrate` is for a container'],
    ['root: /srv/docs\nsmoke: [{ http: / }]', 'value: Hearth does not know where a static site is served'],
    ['root: /srv/docs\nsmoke: [{ command: x }]', 'value: A static site has no container'],
    ['root: /srv/docs\noutput: d\nbuild: { run: make }\nsecrets: [{ name: KEY, as: file }]', '`KEY` cannot be a file'],
    ['root: /srv/docs\nsecrets: [KEY]', 'warning value: Only a build uses `secrets`'],
  ])('with %j is told what is wrong', (service, message) => {
    expect(problemsOf(text(service))).toEqual([expect.stringContaining(message)]);
  });

  test('may have tests at whole addresses, and a container none of its keys', () => {
    expect(problemsOf(text('root: /srv/docs\nsmoke: [{ http: "https://docs.example.test/" }]'))).toEqual([]);
    expect(problemsOf(text('build: { run: make }\nroot: /srv/x', 'container'))).toEqual([
      expect.stringContaining('`build.run` is for a static site, and this is a container.'),
      expect.stringContaining('`root` is for a static site, and this is a container.'),
    ]);
  });

  test('has the folder for itself', () => {
    const second = '  manual:\n    kind: static\n    root: /srv/docs/\n';
    const both = text('root: /srv/docs').replace('environments:', `${second}environments:`);
    expect(problemsOf(both)).toEqual([expect.stringContaining('`docs` has the same `root`')]);
  });

  test('without `root` gets one by a fix', () => {
    const [problem] = parseHearth(text('output: site'), 'x').problems;
    const after = fixed(text('output: site'), problem?.fixes?.[0] ?? { title: '', edits: [] });
    expect(parseHearth(after, 'x').config?.services['docs']?.site?.root).toBe('/srv/docs-{environment}');
    expect(problemsOf(after)).toEqual([]);
  });
});
