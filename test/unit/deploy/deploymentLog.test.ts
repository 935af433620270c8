import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DeploymentLog, readLog } from '../../../server/deploy/deploymentLog.ts';

test('whoever reads has every line that was told, also those that wait to be written', async () => {
  const home = mkdtempSync(join(tmpdir(), 'hearth-log-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const told: string[] = [];
  const log = new DeploymentLog(
    home,
    'deployment1',
    0,
    () => undefined,
    ({ text }) => told.push(text),
  );
  log.add('hearth', 'one\ntwo');
  expect((await readLog(home, 'deployment1'))?.map(({ text }) => text)).toEqual(told);
  log.add('build', 'three');
  expect(await readLog(home, 'deployment1', 2)).toMatchObject([{ n: 3, text: 'three' }]);
  log.close();
  expect(told).toEqual(['one', 'two', 'three']);
});
