// What an editor is told at a place of hearth.yaml: `|` in the texts is the cursor.
import { describe, expect, test } from 'vitest';
import { suggestionsAt } from '../../../server/config/completion.ts';
import { cursorAt } from '../../../server/config/cursor.ts';
import { hoverAt } from '../../../server/config/hover.ts';
import { YamlText } from '../../../server/config/yamlText.ts';

function placeIn(marked: string): { text: string; line: number; column: number } {
  const before = marked.slice(0, marked.indexOf('|')).split('\n');
  return { text: marked.replace('|', ''), line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

describe('the place of the cursor', () => {
  test.each<[string, string, string]>([
    ['ver|', 'key', ''],
    ['services:\n  |', 'key', 'services'],
    ['services:\n  web:\n    bu|', 'key', 'services.web'],
    ['services:\n  web:\n    build:\n      context: .\n\n    # a comment\n    po|', 'key', 'services.web'],
    ['services:\n  web:\n    health: { in|', 'key', 'services.web.health'],
    ['services:\n  web: { build: { con|', 'key', 'services.web.build'],
    ['services:\n  web: { build: { context: . }, po|', 'key', 'services.web'],
    ['services:\n  web:\n    health: { http: "/x, {y", interval: |', 'value', 'services.web.health.interval'],
    ['services:\n  web:\n    depends_on: [a, |', 'value', 'services.web.depends_on.0'],
    ['services:\n  web:\n    depends_on:\n      - |', 'value', 'services.web.depends_on.0'],
    ['services:\n  web:\n    depends_on:\n    - a|', 'value', 'services.web.depends_on.0'],
    ['services:\n  web:\n    secrets:\n      - { name: X, as: f|', 'value', 'services.web.secrets.0.as'],
    ['services:\n  web:\n    secrets:\n      - name: X\n        as: |', 'value', 'services.web.secrets.0.as'],
    ['services:\n  web:\n    image: x\nenvironments:\n  production:\n    docker: l|', 'value', 'environments.production.docker'],
  ])('%j is a %s of %s', (marked, kind, path) => {
    const { text, line, column } = placeIn(marked);
    const found = cursorAt(text, line, column);
    expect([found?.kind, found?.path.join('.')]).toEqual([kind, path]);
  });

  test('is none in a comment', () => {
    const { text, line, column } = placeIn('version: 1 # serv|');
    expect(cursorAt(text, line, column)).toBeUndefined();
  });
});

describe('completion', () => {
  const files = ['Dockerfile', 'api/Dockerfile'];
  function labels(marked: string): string[] {
    const { text, line, column } = placeIn(marked);
    return suggestionsAt(text, new YamlText(text), line, column, files).map(({ label }) => label);
  }

  test.each<[string, string[]]>([
    [
      'version: 1\n|',
      ['project', 'services', 'environments', 'retention', 'catalog', 'monitors', 'maintenance', 'notifications', 'incidents'],
    ],
    ['monitors:\n  - name: home\n    docker: |', ['true']],
    ['services: { web: {} }\ncatalog: { pay: }\nenvironments: { p: }\nmonitors:\n  - { name: a, service: |', ['web', 'pay']],
    ['services: { web: {} }\nenvironments: { p: }\nmonitors:\n  - name: a\n    environment: |', ['p']],
    ['notifications:\n  - to: slack\n  - { name: ops, to: email }\nmonitors:\n  - name: a\n    notify: [|]\n', ['slack', 'ops']],
    ['monitors:\n  - name: a\n  - name: b\nmaintenance:\n  - monitors: [|]\n', ['a', 'b']],
    ['notifications:\n  - to: |\n', ['slack', 'discord', 'teams', 'telegram', 'ntfy', 'email', 'webhook']],
    ['notifications:\n  - to: email\n    smtp: { tls: |', ['starttls', 'implicit', 'none']],
    ['catalog:\n  pay:\n    lifecycle: |', ['experimental', 'production', 'deprecated', 'retired']],
    ['retention: { releases: 5, |}\n', ['logs']],
    ['services:\n  web:\n    hooks:\n      before: x\n      |', ['after']],
    ['services:\n  web:\n    secrets:\n      - name: X\n        |', ['as', 'rotate']],
    ['services:\n  web:\n    depends_on: [|]\n  api: {}\n  db: {}\n', ['api', 'db']],
    ['services:\n  web:\n    depends_on:\n      - |\n  api: {}\n', ['api']],
    ['environments:\n  production:\n  staging:\n    extends: |\n', ['production']],
    ['environments:\n  production:\n    routing: |\n', ['none', 'caddy', 'traefik']],
    ['environments:\n  production:\n    docker: |\n', ['local', 'ssh://deploy@host']],
    ['services:\n  web:\n    build: |\n', ['.', 'api']],
    ['services:\n  web:\n    build: { dockerfile: |', ['Dockerfile', 'api/Dockerfile']],
    ['services:\n  web:\n    secrets: [ { name: X, as: |', ['variable', 'file']],
    ['services:\n  web:\n    health:\n      tcp: |', ['true']],
    ['services:\n  |', []],
    ['version: 1 # |', []],
  ])('%j', (marked, expected) => {
    expect(labels(marked)).toEqual(expected);
  });

  test('offers assertions as they are written', () => {
    expect(labels('monitors:\n  - name: a\n    assert: [|')).toEqual(expect.arrayContaining(["'status == 200'", `'text contains "Shop"'`]));
    expect(labels('monitors:\n  - name: a\n    assert:\n      - |')).toContain("'certificate > 14d'");
  });

  test('offers every key of a service that it does not have yet, with what it is for', () => {
    const { text, line, column } = placeIn('services:\n  web:\n    image: x\n    |\n    port: 80\n  api: {}\n');
    const found = suggestionsAt(text, new YamlText(text), line, column, []);
    const names = found.map(({ label }) => label);
    expect(names).toContain('publish');
    expect(names).not.toContain('port');
    expect(names).not.toContain('image');
    expect(found.every(({ description = '' }) => description.length > 10)).toBe(true);
    expect(found.find(({ label }) => label === 'resources')?.text).toBe('resources:\n      ');
    expect(found.find(({ label }) => label === 'health')?.text).toBe('health:\n      ');
    expect(found.find(({ label }) => label === 'replicas')?.text).toBe('replicas: ');
  });

  test('replaces what is typed of the word', () => {
    const { text, line, column } = placeIn('services:\n  web: { pub|');
    expect(suggestionsAt(text, new YamlText(text), line, column, []).find(({ label }) => label === 'publish')).toMatchObject({
      column: 10,
      text: 'publish: ',
    });
  });
});

describe('hover', () => {
  const at = (marked: string) => {
    const { text, line, column } = placeIn(marked);
    return hoverAt(text, line, column);
  };

  test('says what a key is for', () => {
    const found = at('services:\n  web:\n    health: { http: /x, heal|thy_for: 3s }\n');
    expect(found).toMatchObject({ column: 25, endColumn: 36 });
    expect(found?.markdown).toContain('How long it must be well');
    expect(found?.markdown).toContain('`10s`');
    expect(at('environments:\n  production:\n    dock|er: local\n')?.markdown).toContain('ssh://user@host');
  });

  test('says what a key of a monitor is for, also in a list', () => {
    expect(at('monitors:\n  - name: a\n    retry_int|erval: 5s\n')?.markdown).toContain('How soon it looks again after a failure.');
    expect(at('notifications:\n  - { to: email, sm|tp: {} }\n')?.markdown).toContain('the mail server');
  });

  test('says that a key is of a later version', () => {
    expect(at('ru|les: []\n')?.markdown).toBe('Not in this version of Hearth: it would have no effect.');
  });

  test('says nothing of values, names of people, comments', () => {
    expect(at('version: |1\n')).toBeUndefined();
    expect(at('# ver|sion: 1\n')).toBeUndefined();
    expect(at('services:\n  web:\n    variables: { LO|G: 1 }\n')?.markdown ?? '').not.toContain('LOG');
    expect(at('nothing: he|re\n')).toBeUndefined();
  });
});
