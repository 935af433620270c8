// `npm run package`: builds for production, writes the licence notices of what was bundled, packs dist/hearth.vsix, and refuses one that
// is too large or holds a file that the allow-list does not mean.
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const limits = { vsix: 3 << 20, 'dist/extension.js': 100_000, 'dist/client.js': 600_000, 'dist/languageClient.js': 600_000 };
const node = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });

node('esbuild.mjs', '--production');
writeFileSync(path.join(root, 'THIRD-PARTY-NOTICES.txt'), notices());
node('node_modules/@vscode/vsce/vsce', 'package', '--no-dependencies', '--no-rewrite-relative-links', '--out', 'dist/hearth.vsix');

let failed = false;
for (const [file, limit] of Object.entries({ ...limits, 'dist/hearth.vsix': limits.vsix })) {
  if (file === 'vsix') continue;
  const { size } = statSync(path.join(root, file));
  const fits = size <= limit;
  if (!fits) failed = true;
  console.log(`${fits ? '✓' : '✗'} ${file}: ${size.toLocaleString('en')} of at most ${limit.toLocaleString('en')} bytes`);
}
process.exitCode = failed ? 1 : 0;

/** The licence of every package that a bundle contains, from esbuild's own list of inputs. Fails on a package without a licence file. */
function notices() {
  const { inputs } = JSON.parse(readFileSync(path.join(root, 'dist/meta.json'), 'utf8'));
  const folders = new Set();
  for (const input of Object.keys(inputs)) {
    const match = input.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
    if (match) folders.add(match[1]);
  }
  const parts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
    const file = globSync('{LICENSE,LICENCE,License,license,COPYING}*', { cwd: path.join(root, folder) })[0];
    const text =
      file === undefined
        ? `License: ${license} (the package ships no licence text)`
        : readFileSync(path.join(root, folder, file), 'utf8').trim();
    if (file === undefined && license === undefined) throw new Error(`${name} has no licence`);
    return `${'='.repeat(80)}\n${name} ${version} (${license ?? 'see below'})\n${'='.repeat(80)}\n\n${text}\n`;
  });
  return `Hearth contains the following packages.\n\n${parts.join('\n')}`;
}
