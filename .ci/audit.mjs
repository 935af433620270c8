// The dependency audit of `.ci/run`: the lockfile's integrity, install scripts, licences of what ships, and published advisories.
// Prints one line per check and ends with `N passed, N failed, N skipped`; exit code 1 when one failed. Advisories need a registry that answers
// the audit endpoint; where none does, that check is counted as skipped, never as passed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const { packages } = read('package-lock.json');
const manifest = read('package.json');
const permitted =
  /^(MIT|MIT-0|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|BlueOak-1\.0\.0|CC0-1\.0|CC-BY-4\.0|Unlicense|Python-2\.0|Zlib)$/;
const counts = { passed: 0, failed: 0, skipped: 0 };

function report(outcome, name, details = []) {
  counts[outcome] += 1;
  console.log(`${{ passed: '✓', failed: '✗', skipped: '–' }[outcome]} ${name}`);
  for (const detail of details) console.log(`    ${detail}`);
}

function check(name, problems) {
  report(problems.length === 0 ? 'passed' : 'failed', name, problems);
}

const installed = Object.entries(packages).filter(([key]) => key !== '');

check(
  'every package of the lockfile that this machine could install has an integrity, and none a host',
  installed.flatMap(([key, { integrity, resolved, link, ...entry }]) => {
    if (link) return [`${key} is a link`];
    // Optional packages of other platforms may be out of the registry's reach where the lockfile was written.
    if (integrity === undefined && resolved === undefined && entry.optional && elsewhere(entry)) return [];
    return [...(integrity === undefined ? [`${key} has no integrity`] : []), ...(resolved === undefined ? [] : [`${key} names its host`])];
  }),
);

const allowed = manifest.allowScripts ?? {};
check(
  'install scripts are decided one by one (allowScripts)',
  installed.flatMap(([key, { hasInstallScript, optional }]) => {
    const name = nameOf(key);
    return hasInstallScript && !optional && !(name in allowed) ? [`${name} has an install script that is neither allowed nor refused`] : [];
  }),
);

const shipped = bundledPackages();
if (shipped === undefined) report('failed', 'licences of what ships', ['dist/meta.json is missing: build first']);
else {
  check(
    `licences of the ${shipped.size} packages that ship`,
    [...shipped].flatMap((name) => {
      const { license, licenses } = read(`node_modules/${name}/package.json`);
      const found = typeof license === 'string' ? license : (license?.type ?? licenses?.[0]?.type ?? 'none');
      const choices = found.replace(/[()]/g, '').split(/ OR /);
      return choices.some((choice) => choice.split(' AND ').every((each) => permitted.test(each))) ? [] : [`${name}: ${found}`];
    }),
  );
}
advisories();

console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;

/** What is bundled may have no advisory at all; tools that only run here may have none that is high or critical. */
function advisories() {
  const { stdout } = spawnSync('npm', ['audit', '--json'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    shell: process.platform === 'win32',
  });
  const name = 'published advisories';
  let answer;
  try {
    answer = JSON.parse(stdout);
  } catch {
    // npm said something that is no JSON: as good as no answer
  }
  if (answer?.vulnerabilities === undefined) {
    const reason = answer?.message ?? answer?.error?.summary ?? 'no answer';
    return report('skipped', name, [
      `NOT CHECKED: the registry did not answer the audit request (${String(reason).split('\n')[0].slice(0, 120)})`,
    ]);
  }
  const found = Object.values(answer.vulnerabilities);
  const serious = found.filter(({ name: of, severity }) => shipped?.has(of) || severity === 'high' || severity === 'critical');
  for (const { name: of, severity } of found)
    if (!serious.some((each) => each.name === of)) console.log(`  note: ${of} (${severity}), a development tool`);
  check(
    name,
    serious.map(({ name: of, severity }) => `${of} (${severity})${shipped?.has(of) ? ', ships' : ''}`),
  );
}

/** Names of the packages whose files are in a bundle; undefined when nothing is built. */
function bundledPackages() {
  const meta = path.join(root, 'dist/meta.json');
  if (!existsSync(meta)) return undefined;
  const files = Object.keys(JSON.parse(readFileSync(meta, 'utf8')).inputs).filter((file) => file.startsWith('node_modules/'));
  return new Set(
    files.map((file) => /^node_modules\/(.*node_modules\/)?((@[^/]+\/)?[^/]+)\//.exec(file)).map((match) => `${match[1] ?? ''}${match[2]}`),
  );
}

/** Can never be installed on this machine: another operating system, processor or C library. */
function elsewhere({ os, cpu, libc }) {
  const excludes = (list, value) => list !== undefined && !list.includes(value);
  return excludes(os, process.platform) || excludes(cpu, process.arch) || excludes(libc, 'glibc');
}

function nameOf(key) {
  return key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
}
