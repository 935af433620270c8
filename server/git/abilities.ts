import { Failure } from '../rpc/failure.ts';
import { currentGitPath, runGit } from './process.ts';

/** What this git can do; probed once per program path. */
export interface Abilities {
  readonly version: string;
  readonly major: number;
  readonly minor: number;
  /** `for-each-ref %(ahead-behind:…)`, 2.41. */
  readonly aheadBehind: boolean;
}

const minimum = { major: 2, minor: 38 };
const probes = new Map<string, Promise<Abilities>>();

/** Abilities of the git in use. Throws `git-missing` or `git-too-old`; a failed probe is tried again next time. */
export function probeGit(): Promise<Abilities> {
  const path = currentGitPath();
  let probe = probes.get(path);
  if (probe === undefined) {
    probe = probeVersion();
    probes.set(path, probe);
    probe.catch(() => probes.delete(path));
  }
  return probe;
}

async function probeVersion(): Promise<Abilities> {
  const { stdout } = await runGit(['version'], { cwd: process.cwd() });
  return abilitiesOf(stdout.toString('utf8'));
}

/** Reads `git version 2.39.5 (Apple Git-154)`. */
export function abilitiesOf(text: string): Abilities {
  const match = text.match(/git version (\d+)\.(\d+)(\S*)/);
  if (match === null)
    throw new Failure('git-missing', `This does not look like git: "${text.trim().slice(0, 80)}".`, {
      hint: 'Set `hearth.git.path` to the git program.',
    });
  const major = Number(match[1]);
  const minor = Number(match[2]);
  const atLeast = (wantedMajor: number, wantedMinor: number) => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  const version = `${match[1]}.${match[2]}${match[3]}`;
  if (!atLeast(minimum.major, minimum.minor)) {
    throw new Failure('git-too-old', `Hearth needs git ${minimum.major}.${minimum.minor} or newer; this is ${version}.`, {
      hint: 'Install a newer git and set `hearth.git.path` if it is not first on PATH.',
    });
  }
  return { version, major, minor, aheadBehind: atLeast(2, 41) };
}
