import { createWriteStream, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { l10n, ProgressLocation, Uri, window } from 'vscode';
import { logs, type OutputLine } from '../../server/protocol/runtime.ts';
import { isLive } from '../deploy/deployHealth.ts';
import { given, namesOf, serviceOf } from '../deploy/deployTargets.ts';
import { type Deploying, needTrust, pickEnvironment } from '../deploy/pickEnvironment.ts';
import { RequestFailure } from '../ui/failure.ts';
import { withoutIcons } from '../ui/iconText.ts';
import { asInput } from './outputPanel.ts';
import type { WantedOutput } from './runtimeTargets.ts';

/** Save Container Output…: everything that is asked for, as a text file. Answers how many lines; undefined when the user turns away. */
export async function saveOutput(deploying: Deploying, argument: unknown): Promise<number | undefined> {
  needTrust();
  const at = await pickEnvironment(deploying, argument, {
    placeHolder: l10n.t('Save the output of which environment?'),
    fits: (rows) => rows.some((row) => isLive(row) && row.kind !== 'static'),
    none: l10n.t('Nothing that is live has containers.'),
  });
  if (at === undefined) return undefined;
  const wanted = wantedIn(argument);
  const file = await targetOf(argument, at);
  if (file === undefined) return undefined;
  const title = l10n.t('Saving the output of {0}', at.environment);
  return window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, async (_progress, token) => {
    const part = `${file}.part`;
    const stream = createWriteStream(part);
    // Heard here: an error of the disk must not end the extension host before it is told.
    const ended = finished(stream);
    ended.catch(() => {});
    try {
      const onPartial = ({ lines }: { lines: readonly OutputLine[] }): void => write(stream, lines);
      const { lines } = await deploying.shell.server.send(logs, { ...asInput(at, wanted), follow: false }, { token, onPartial });
      stream.end();
      await ended;
      await rename(part, file);
      window.setStatusBarMessage(withoutIcons(l10n.t('{0} lines are saved.', lines)), 6000);
      return lines;
    } catch (error) {
      stream.destroy();
      await rm(part, { force: true });
      const { code } = error as { code?: unknown };
      if (typeof code === 'string') throw new RequestFailure('invalid', l10n.t('The file cannot be written ({0}).', code));
      throw error;
    }
  });
}

async function targetOf(
  argument: unknown,
  { repository, environment }: { repository: string; environment: string },
): Promise<string | undefined> {
  const { to } = given(argument);
  if (typeof to === 'string') return to;
  const day = new Date().toISOString().slice(0, 10);
  const name = `${path.basename(repository)}-${environment}-${day}.log`;
  const picked = await window.showSaveDialog({ defaultUri: Uri.file(path.join(homedir(), name)), title: l10n.t('Save Container Output') });
  return picked?.fsPath;
}

/** What a panel shows; everything otherwise. */
function wantedIn(argument: unknown): WantedOutput {
  const { wanted } = given(argument);
  const service = serviceOf(argument)?.service;
  if (typeof wanted !== 'object' || wanted === null)
    return { tail: 0, regex: false, ...(service === undefined ? {} : { services: [service] }) };
  const { services, since, search, regex, stream } = wanted as Record<string, unknown>;
  const names = namesOf(services);
  return {
    tail: 0,
    regex: regex === true,
    ...(names === undefined ? {} : { services: names }),
    ...(typeof since === 'number' ? { since } : {}),
    ...(typeof search === 'string' && search !== '' ? { search } : {}),
    ...(stream === 'stdout' || stream === 'stderr' ? { stream } : {}),
  };
}

function write(stream: WriteStream, lines: readonly OutputLine[]): void {
  stream.write(
    lines.map(({ time, container, stream: from, text }) => `${new Date(time).toISOString()} ${container} ${from} ${text}\n`).join(''),
  );
}
