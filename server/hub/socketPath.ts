import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Failure } from '../rpc/failure.ts';

/** Where hubs listen: a new folder of mode 0700 each, because a path that is known in advance can be taken by others in a shared folder. */

const prefix = 'hearth-hub-';
/** `sun_path` holds 104 bytes on macOS, 108 on Linux. */
const longest = 99;

/** A new socket path; a named pipe on Windows. Throws `io` when no folder can be made. */
export function newSocketPath(environment: NodeJS.ProcessEnv = process.env): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\${prefix}${randomBytes(16).toString('hex')}`;
  const candidates = [environment['XDG_RUNTIME_DIR'], os.tmpdir(), '/tmp'].filter(
    (folder): folder is string => folder !== undefined && path.isAbsolute(folder),
  );
  let problem: unknown;
  for (const folder of candidates) {
    if (Buffer.byteLength(folder) + prefix.length + 6 + '//hub'.length > longest) continue;
    try {
      return path.join(mkdtempSync(path.join(folder, prefix)), 'hub');
    } catch (error) {
      problem = error;
    }
  }
  throw new Failure('io', `No folder for the hub's socket can be made in ${candidates.join(', ')}.`, {
    hint: 'Set TMPDIR to a folder of yours with a short path.',
    cause: problem,
  });
}

/** Removes a socket and its folder; nothing else, whatever the path says. */
export function removeSocket(socket: string): void {
  if (process.platform === 'win32') return;
  const folder = path.dirname(socket);
  if (path.basename(socket) === 'hub' && path.basename(folder).startsWith(prefix)) rmSync(folder, { recursive: true, force: true });
}
