// What the user is told when something goes wrong: the server's reason, or VS Code's own words.
import { expect, test, vi } from 'vitest';

const said: string[] = [];
vi.mock('vscode', () => ({
  CancellationError: class CancellationError extends Error {},
  commands: {},
  l10n: { t: (text: string) => text },
  window: { showErrorMessage: async (text: string) => void said.push(text) },
}));

const { asRequestFailure, asServerFailure, showFailure } = await import('../../../extension/ui/failure.ts');
const { CancellationError } = await import('vscode');

test('a request fails with the reason of the server, or because there is no server', () => {
  const refused = Object.assign(new Error('There is no revision "x" here.'), {
    code: -32803,
    data: { reason: 'not-found', hint: 'Fetch.' },
  });
  expect(asServerFailure(refused)).toMatchObject({ reason: 'not-found', message: 'There is no revision "x" here.', hint: 'Fetch.' });
  expect(asServerFailure(Object.assign(new Error('x'), { code: -32800 }))).toMatchObject({ reason: 'cancelled' });
  expect(asServerFailure(new Error('Connection got disposed.'))).toMatchObject({ reason: 'disconnected' });
});

test('what VS Code itself refuses is not blamed on the server', () => {
  const missing = new Error("Unable to read file '/gone.ts'");
  expect(asRequestFailure(missing)).toMatchObject({ reason: 'internal', message: "Unable to read file '/gone.ts'" });
  expect(asRequestFailure(new CancellationError())).toMatchObject({ reason: 'cancelled' });
  const failure = asServerFailure(new Error('Connection got disposed.'));
  expect(asRequestFailure(failure)).toBe(failure);
});

test('what is said about a file with any name holds no link', async () => {
  const failure = asServerFailure(
    Object.assign(new Error('There is no file [x](command:y).'), { data: { reason: 'not-found', hint: 'Look.' } }),
  );
  await showFailure(failure, { error: () => {} } as never);
  expect(said).toEqual(['There is no file [x]\u200b(command:y). Look.']);
});
