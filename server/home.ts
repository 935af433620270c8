import os from 'node:os';
import path from 'node:path';

/** Where Hearth keeps what belongs to the user and not to a repository (DESIGN §1). Made by whoever writes there first. */
export function hearthHome(environment: NodeJS.ProcessEnv = process.env): string {
  const given = environment['HEARTH_HOME'];
  if (given !== undefined && given !== '') return path.resolve(given);
  const home = os.homedir();
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'Hearth');
  if (process.platform === 'win32') return path.join(environment['LOCALAPPDATA'] ?? path.join(home, 'AppData', 'Local'), 'Hearth');
  const data = environment['XDG_DATA_HOME'];
  return path.join(data !== undefined && path.isAbsolute(data) ? data : path.join(home, '.local', 'share'), 'hearth');
}
