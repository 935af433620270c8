// A terminal in a container: keys in their order, sizes, the end, and failures that stay to be read.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { shell as shellRequest } from '../../../server/protocol/runtime.ts';

class Emitter<T> {
  readonly #listeners: ((value: T) => void)[] = [];
  readonly event = (listener: (value: T) => void) => {
    this.#listeners.push(listener);
    return { dispose: () => {} };
  };
  fire(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
  dispose(): void {}
}

class Source {
  readonly token = { isCancellationRequested: false };
  cancel(): void {
    this.token.isCancellationRequested = true;
  }
  dispose(): void {}
}

vi.mock('vscode', async () => ({
  ...(await import('../../support/vscodeRows.ts')).vscodeRows,
  EventEmitter: Emitter,
  CancellationTokenSource: Source,
}));

const { ContainerShell } = await import('../../../extension/runtime/containerShell.ts');
const { RequestFailure } = await import('../../../extension/ui/failure.ts');

interface Sent {
  params: Record<string, unknown>;
  token?: Source['token'];
  onPartial?: (partial: { output: string }) => void;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
let running: Sent | undefined;
let inputs: Sent[];
let written: string;
let closed: unknown[];
let pty: InstanceType<typeof ContainerShell>;

beforeEach(() => {
  inputs = [];
  running = undefined;
  written = '';
  closed = [];
  const send = (definition: { method: string }, params: Record<string, unknown>, options: Partial<Sent> = {}) =>
    new Promise((resolve, reject) => {
      const sent = { ...options, params, resolve, reject } as Sent;
      if (definition.method === shellRequest.method) running = sent;
      else inputs.push(sent);
    });
  const target = { repository: '/r', environment: 'production', service: 'web', replica: 1 };
  pty = new ContainerShell({ send } as unknown as ConstructorParameters<typeof ContainerShell>[0], target, '0123456789abcdef');
  pty.onDidWrite((text) => {
    written += text;
  });
  pty.onDidClose((code) => closed.push(code ?? 'ended'));
});

const open = () => pty.open({ rows: 30, columns: 100 });

const keysOf = (sent: Sent | undefined) => Buffer.from(String(sent?.params['input']), 'base64').toString();

describe('a shell in a container', () => {
  test('is asked for with the size of the terminal; what it prints is shown, however its characters are cut', () => {
    open();
    expect(running?.params).toEqual({
      ...{ repository: '/r', environment: 'production', service: 'web', replica: 1 },
      ...{ terminal: '0123456789abcdef', rows: 30, columns: 100 },
    });
    const bytes = Buffer.from('é$ ');
    running?.onPartial?.({ output: bytes.subarray(0, 1).toString('base64') });
    running?.onPartial?.({ output: bytes.subarray(1).toString('base64') });
    expect(written).toBe('é$ ');
  });

  test('keys go in their order, one request at a time, and the size with them; none before it is opened', async () => {
    pty.handleInput('l');
    expect([running, inputs]).toEqual([undefined, []]);
    open();
    pty.handleInput('s');
    pty.handleInput('\r');
    pty.setDimensions({ rows: 5, columns: 6 });
    expect(inputs.map(keysOf)).toEqual(['l']);
    inputs[0]?.resolve({});
    await settle();
    expect(inputs.map(keysOf)).toEqual(['l', 's\r']);
    expect(inputs[1]?.params['size']).toEqual({ rows: 5, columns: 6 });
    inputs[1]?.resolve({});
    await settle();
    expect(inputs).toHaveLength(2);
  });

  test('ends with its exit code; closing the terminal ends it there', async () => {
    open();
    running?.resolve({ exitCode: 3, container: 'c' });
    await settle();
    expect(closed).toEqual([3]);
    pty.close();
    expect(running?.token?.isCancellationRequested).toBe(true);
    pty.handleInput('x');
    expect(inputs).toEqual([]);
  });

  test('why it could not be opened stays to be read, without what the message could do to a terminal, until a key', async () => {
    open();
    running?.reject(new RequestFailure('not-found', 'No container\x1b]52;c;cm0=\x07 runs.', 'Start it.'));
    await settle();
    expect(written).toContain('No container runs. Start it.');
    expect(written).not.toContain('\x1b]52');
    expect(closed).toEqual([]);
    pty.handleInput('q');
    expect(closed).toEqual(['ended']);
    expect(inputs).toEqual([]);
  });
});
