import { promises as fs } from 'node:fs';
import path from 'node:path';

const passedOver = new Set(['node_modules', 'vendor', 'dist', 'build', 'target', 'out', 'coverage', '__pycache__']);
const deepest = 3;
const mostEntries = 5000;
const dockerfileName = /^(Dockerfile|Containerfile)(\.[\w-]{1,40})?$|^[\w-]{1,40}\.Dockerfile$/;
const composeName = /^(docker-)?compose\.ya?ml$/;

/** What a `hearth.yaml` could be made from: Dockerfiles and compose files, relative to the root, those nearest to it first. Reads names only. */
export async function foundForConfig(root: string): Promise<string[]> {
  const found: string[] = [];
  let seen = 0;
  let folders = [''];
  for (let depth = 0; depth <= deepest && folders.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of folders) {
      const entries = await fs.readdir(path.join(root, folder), { withFileTypes: true }).catch(() => []);
      for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
        if (++seen > mostEntries) return found;
        const own = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory() && !entry.name.startsWith('.') && !passedOver.has(entry.name)) next.push(own);
        else if (entry.isFile() && (dockerfileName.test(entry.name) || (folder === '' && composeName.test(entry.name)))) found.push(own);
      }
    }
    folders = next;
  }
  return found;
}

export function isCompose(file: string): boolean {
  return composeName.test(file);
}
