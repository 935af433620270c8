// The catalog through a window's server, the CLI and the hub: brought by Apply, added and changed by hand, with what fails with what.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listServices, removeService, saveService, showService } from '../../../server/protocol/catalog.ts';
import { apply } from '../../../server/protocol/config.ts';
import { list } from '../../../server/protocol/events.ts';
import type { Repository } from '../../support/repositories/repository.ts';
import type { TestServer } from '../../support/server.ts';
import { refusal, type WorkPlace, workPlace } from '../../support/workItems.ts';

const text = `version: 1
project: shop
services:
  web: { image: x, depends_on: [api], owner: team shop, lifecycle: experimental }
  api: { image: x, depends_on: [payments] }
catalog:
  payments: { owner: Payments Inc, links: [{ title: Status, url: "https://status.example.test", kind: monitor }] }
environments: { production: { docker: local } }
`;

let place: WorkPlace;
let server: TestServer;
beforeAll(async () => {
  place = await workPlace();
  ({ server } = place);
});
afterAll(() => place.dispose());

async function applied(content = text): Promise<Repository> {
  const repository = place.repository();
  await commit(repository, content);
  return repository;
}

async function commit(repository: Repository, content: string): Promise<void> {
  repository.write('hearth.yaml', content);
  repository.commit('Services');
  await server.send(apply, { repository: repository.root });
}

const cli = (repository: Repository, ...args: string[]) => place.home.cli(['services', ...args, '--repo', repository.root]);

describe('the catalog', () => {
  test('has what was applied: health, dependencies in both directions, what fails with it', async () => {
    const { root } = await applied();
    const { services, cycles, project } = await server.send(listServices, { repository: root });
    expect(project).toMatch(/^[0-9a-f-]{36}$/);
    expect(cycles).toEqual([]);
    expect(services.map(({ entry, status }) => [entry.name, entry.type, entry.owner, status.health.state])).toEqual([
      ['api', 'other', null, 'unknown'],
      ['payments', 'external', 'Payments Inc', 'unknown'],
      ['web', 'other', 'team shop', 'unknown'],
    ]);
    const { entry, impact, needs } = await server.send(showService, { repository: root, name: 'payments' });
    expect(entry).toMatchObject({ dependedOnBy: ['api'], source: 'file', line: 7, orphan: null });
    expect(impact.map(({ name, distance }) => [name, distance])).toEqual([
      ['api', 1],
      ['web', 2],
    ]);
    expect(needs).toEqual([]);
  });

  test('is empty where nothing was applied, and nothing is written by looking', async () => {
    const repository = place.repository();
    expect(await server.send(listServices, { repository: repository.root })).toEqual({ services: [], cycles: [] });
    expect((await refusal(server.send(showService, { repository: repository.root, name: 'web' }))).reason).toBe('not-found');
    expect(repository.tryGit(['config', 'hearth.project']).status).toBe(1);
    const printed = await cli(repository, 'list');
    expect([printed.code, printed.stdout]).toEqual([0, '']);
    expect(printed.stderr).toContain('The catalog is empty.');
  });

  test('a service by hand is changed only by whoever has seen it last, with a sentence that is kept', async () => {
    const { root } = await applied();
    const wanted = { repository: root, name: 'crm', facts: { owner: 'Ada', dependsOn: ['api', 'gone'] }, change: 'We have it since May' };
    const { entry } = await server.send(saveService, { ...wanted, seen: null });
    expect(entry).toMatchObject({ source: 'manual', owner: 'Ada', missing: ['gone'], lifecycle: 'production' });
    const twice = await refusal(server.send(saveService, { ...wanted, seen: null }));
    expect(twice).toMatchObject({ reason: 'conflict', hint: 'Look at it and decide again; nothing was changed.' });
    const { entry: second } = await server.send(saveService, {
      ...wanted,
      facts: { owner: 'Bob' },
      change: 'Bob has it',
      seen: entry.updated,
    });
    expect(second).toMatchObject({ owner: 'Bob', dependsOn: [], created: entry.created });
    expect((await refusal(server.send(saveService, { ...wanted, change: 'Me too', seen: entry.updated }))).reason).toBe('conflict');
    const { project } = await server.send(listServices, { repository: root });
    const { events = [] } = await server.send(list, { project, entity: 'service', entityId: 'crm', limit: 10 });
    expect(events.map(({ kind, payload, actor }) => [kind, payload['change'], payload['fields'], actor])).toEqual([
      ['changed', 'Bob has it', ['dependsOn', 'owner'], 'window'],
      ['added', 'We have it since May', ['dependsOn', 'owner'], 'window'],
    ]);
  });

  test.each([
    ['itself', { dependsOn: ['crm'] }, 'crm cannot need itself.'],
    [
      'a script as a link',
      { links: [{ title: 'X', url: 'javascript:alert(1)' }] },
      'The address of the link “X” must begin with `https://` or `http://`.',
    ],
    ['a runbook outside', { runbook: '../x' }, 'The address of the runbook must not contain "..", "." or empty parts.'],
  ])('%s is refused', async (_what, facts, message) => {
    const { root } = place.repository();
    const refused = await refusal(server.send(saveService, { repository: root, name: 'crm', facts, change: 'We have it', seen: null }));
    expect([refused.reason, refused.message]).toEqual(['invalid', message]);
  });

  test('what is of hearth.yaml is changed there; once it is gone it may be taken over or removed', async () => {
    const repository = await applied();
    const { root } = repository;
    const change = { repository: root, name: 'payments', facts: { owner: 'Me' }, change: 'Mine now' };
    const { entry } = await server.send(showService, { repository: root, name: 'payments' });
    expect((await refusal(server.send(saveService, { ...change, seen: entry.updated }))).reason).toBe('conflict');
    const removal = { repository: root, name: 'payments', change: 'Not any more' };
    expect((await refusal(server.send(removeService, removal))).reason).toBe('precondition');
    expect((await refusal(server.send(removeService, { ...removal, confirmed: true } as never))).reason).toBe('conflict');

    await commit(repository, text.replace(', depends_on: [payments]', '').replace(/^catalog:\n.*\n/m, ''));
    const { entry: orphan } = await server.send(showService, { repository: root, name: 'payments' });
    expect(orphan).toMatchObject({ orphan: expect.any(Number), owner: 'Payments Inc', line: null });
    const without = await server.send(listServices, { repository: root, orphans: false });
    expect(without.services.map((each) => each.entry.name)).toEqual(['api', 'web']);
    const { entry: mine } = await server.send(saveService, { ...change, seen: orphan.updated });
    expect(mine).toMatchObject({ source: 'manual', orphan: null, owner: 'Me' });
    expect(await server.send(removeService, { ...removal, confirmed: true } as never)).toEqual({ removed: true });
    expect(await server.send(removeService, { ...removal, confirmed: true } as never)).toEqual({ removed: false });
  });

  test('services that need each other are named', async () => {
    const { root } = await applied();
    await server.send(saveService, { repository: root, name: 'a', facts: { dependsOn: ['b'] }, change: 'There', seen: null });
    await server.send(saveService, { repository: root, name: 'b', facts: { dependsOn: ['a'] }, change: 'There', seen: null });
    expect((await server.send(listServices, { repository: root })).cycles).toEqual([['a', 'b']]);
  });
});

describe('in the terminal', () => {
  test('services are listed, shown with their history, added, changed and removed', async () => {
    const repository = await applied();
    const listed = await cli(repository, 'list');
    expect(listed.stdout.split('\n')).toEqual([
      'api       ○ unknown      other     -             needs payments',
      'payments  ○ unknown      external  Payments Inc',
      'web       ○ unknown      other     team shop     experimental, needs api',
      '',
    ]);
    const nothing = await cli(repository, 'add', 'crm');
    expect([nothing.code, nothing.stderr.split('\n')[0]]).toEqual([
      2,
      'hearth: What changes, and why? `-m "We pay through it since May"`: it is kept in the history of the service.',
    ]);
    const added = await cli(
      repository,
      ...[
        'add',
        'crm',
        '-m',
        'We have it',
        '--type',
        'external',
        '--owner',
        'Ada \u001b[31m',
        '--link',
        'dashboard:Board=https://crm.example.test/?a=b',
      ],
      ...['--needs', 'web'],
    );
    expect([added.code, added.stderr]).toEqual([1, expect.stringContaining('must be one line')]);
    const again = await cli(
      repository,
      'add',
      'crm',
      '-m',
      'We have it',
      '--owner',
      'Ada',
      '--link',
      'dashboard:Board=https://crm.example.test/?a=b',
      '--needs',
      'web',
    );
    expect([again.code, again.stdout]).toEqual([0, 'Added crm.\n']);
    const edited = await cli(
      repository,
      'edit',
      'crm',
      '-m',
      'Ada left',
      '--owner',
      '',
      '--unlink',
      'Board',
      '--link',
      'Notes=docs/crm.md',
      '--needs',
      'api',
    );
    expect([edited.code, edited.stdout, edited.stderr]).toEqual([0, 'Changed crm.\n', '']);
    const shown = JSON.parse((await cli(repository, 'show', 'crm', '--json')).stdout) as { entry: object };
    expect(shown.entry).toMatchObject({
      owner: null,
      links: [{ title: 'Notes', url: 'docs/crm.md', kind: 'other' }],
      dependsOn: ['web', 'api'],
    });
    const printed = (await cli(repository, 'show', 'crm')).stdout;
    expect(printed).toMatch(/^needs +○ api, ○ web, ○ payments \(2 steps\)$/m);
    expect(printed).toMatch(/service crm changed \(dependsOn, links, owner\): Ada left\n.*service crm added: We have it\n$/);
    const unsure = await cli(repository, 'remove', 'crm', '-m', 'Gone');
    expect([unsure.code, unsure.stderr]).toEqual([1, expect.stringContaining('Its entry, owner and links are gone')]);
    expect((await cli(repository, 'remove', 'crm', '-m', 'Gone', '--yes')).code).toBe(0);
    const twice = await cli(repository, 'remove', 'crm', '-m', 'Gone', '--yes');
    expect([twice.code, twice.stderr]).toEqual([1, 'There is no service crm in the catalog.\n']);
  });
});
