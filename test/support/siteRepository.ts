// A static site in the repository of a DeployBench, and a folder from which it is "served".
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DeployBench } from './deployBench.ts';

export class SiteRepository {
  readonly folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'hearth-site-'));
  readonly root = path.join(this.folder, 'docs-production');
  readonly bench: DeployBench;

  constructor(bench: DeployBench) {
    this.bench = bench;
  }

  /** Writes and commits a version of the site `docs`; `keys` is YAML beside `kind` and `root`. Answers the commit. */
  version(version: string, keys = 'output: site', environment = '{}'): string {
    const { repository, project } = this.bench;
    repository.write('site/index.html', `version ${version}\n`);
    repository.write('site/part/a.txt', `version ${version}\n`);
    const more = keys
      .split('\n')
      .map((line) => `    ${line}\n`)
      .join('');
    const text = `version: 1\nproject: ${project}\nservices:\n  docs:\n    kind: static\n    root: ${this.folder}/docs-{environment}\n${more}`;
    repository.write('hearth.yaml', `${text}environments:\n  production: ${environment}\nretention: { releases: 2, logs: 5 }\n`);
    return repository.commit(`Version ${version}`);
  }

  /** What a web server would serve; undefined when there is nothing. */
  served(file = 'index.html'): string | undefined {
    const place = path.join(this.root, 'current', file);
    return existsSync(place) ? readFileSync(place, 'utf8').trim() : undefined;
  }

  /** Names in `releases`. */
  releases(): string[] {
    const folder = path.join(this.root, 'releases');
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
