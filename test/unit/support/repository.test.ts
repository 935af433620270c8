import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createRepository } from '../../support/repositories/repository.ts';

test('the same calls give the same commit id', () => {
  const ids = [1, 2].map(() => {
    using repository = createRepository();
    repository.write('folder/a.txt', 'one\n');
    repository.commit('Add a');
    repository.write('folder/a.txt', 'two\n');
    return repository.commit('Change a', { author: { name: 'Zoë', email: 'zoe@example.test' } });
  });
  expect(ids[0]).toBe(ids[1]);
  expect(ids[0]).toMatch(/^[0-9a-f]{40}$/);
});

test('a SHA-256 repository has 64 digits', () => {
  using repository = createRepository({ objectFormat: 'sha256' });
  repository.write('a.txt', 'one\n');
  expect(repository.commit('Add a')).toMatch(/^[0-9a-f]{64}$/);
});

test('dispose removes the folder and what was attached', () => {
  const repository = createRepository();
  const other = createRepository();
  repository.attach(other.root);
  repository.dispose();
  expect([existsSync(repository.root), existsSync(other.root)]).toEqual([false, false]);
});

test('a failing git says what it said', () => {
  using repository = createRepository();
  expect(() => repository.git('rev-parse', '--verify', 'nowhere')).toThrow(/Needed a single revision/);
});

test('names that are not UTF-8 reach git as bytes', () => {
  using repository = createRepository();
  const name = Buffer.from([0x61, 0xff, 0x62]);
  repository.writeBytes(name, 'x\n');
  repository.commit('Add it');
  expect(repository.gitBytes(['ls-files', '-z']).subarray(0, 3)).toEqual(name);
});
