import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { prepareHome } from '../../hub/prepareHome.ts';
import { operationStatus } from '../../protocol/operation.ts';
import { asFailure, throwIfCancelled } from '../../rpc/failure.ts';
import { Sqlite } from '../../store/sqlite.ts';
import { version } from '../../version.ts';
import { answers, type Patient, type Timed } from './types.ts';

/** What the things take that Hearth waits for, as medians. A temporary file is written to the home for it, and removed. */
export async function profile(patient: Patient, signal: AbortSignal): Promise<Timed[]> {
  const { services, context, repository, home } = patient;
  const timings: Timed[] = [];
  const time = async (name: string, times: number, work: () => unknown, note?: string): Promise<void> => {
    throwIfCancelled(signal);
    context.progress({ message: `timing: ${name}` });
    const taken: number[] = [];
    try {
      for (let count = 0; count < times; count++) {
        const start = performance.now();
        await work();
        taken.push(performance.now() - start);
      }
    } catch (error) {
      throwIfCancelled(signal);
      timings.push({ name, milliseconds: 0, note: asFailure(error).message });
      return;
    }
    timings.push({ name, milliseconds: median(taken), ...(note === undefined ? {} : { note }) });
  };
  await time('event loop turn', 9, () => new Promise((resolve) => setImmediate(resolve)));
  await time('database engine: open', 3, async () => (await Sqlite.open()).close());
  await time('disk: write and sync', 9, () => sync(home), 'every change of state waits for one');
  if (answers(patient, version)) {
    await time('hub: round trip', 9, () => services.askHub(operationStatus, {}, context, 'profile'), 'with a look at the whole log');
  }
  if (repository !== undefined) {
    const { repository: found } = await services.repositories.containing(repository, context.session);
    await time('git: start', 5, () => found.run(['version'], { signal }));
    await time('git: status', 3, () => found.run(['status', '--porcelain=v2', '-z'], { signal }));
    await time('git: 200 commits', 3, () => found.run(['log', '--max-count=200', '--format=%H'], { signal, accept: [0, 128] }));
  }
  return timings;
}

function sync(home: string): void {
  prepareHome(home);
  const file = path.join(home, `doctor-${process.pid}.tmp`);
  const handle = openSync(file, 'w', 0o600);
  try {
    writeSync(handle, 'x'.repeat(4096));
    fdatasyncSync(handle);
  } finally {
    closeSync(handle);
    rmSync(file, { force: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 100) / 100;
}
