// The doctor of variables: real files in real repositories, a real store, the CLI with a hub of its own. It never shows a value.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseHearthConfig } from '../../../server/config/index.ts';
import { examineFiles } from '../../../server/environment/doctor/examine.ts';
import { storedFindings } from '../../../server/environment/doctor/storedFindings.ts';
import { Usage } from '../../../server/environment/doctor/usage.ts';
import { typeOfName } from '../../../server/environment/doctor/valueType.ts';
import { Repositories } from '../../../server/git/repository.ts';
import type { DoctorFinding } from '../../../server/protocol/environment.ts';
import { set } from '../../../server/protocol/variables.ts';
import { Session } from '../../../server/rpc/session.ts';
import { cli } from '../../support/cli.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import { openVault, project, type Vault } from '../../support/vault.ts';
import { type WorkPlace, workPlace } from '../../support/workItems.ts';

const { signal } = new AbortController();
const key = 'q7Zk2mXw9PdLr4TsVb6NyHc3GfJ8aEeR';

let repository: Repository;
let repositories: Repositories;
beforeEach(() => {
  repository = createRepository();
  repositories = new Repositories();
  repository.write('app.js', 'use(env.PORT, env.EXTRA, env.HOST, env.TOKEN, env.A, env.B, env.C)\n');
  repository.write('.gitignore', '.env\n.env.local\n.env.staging\n');
});
afterEach(() => {
  repositories.dispose();
  repository.dispose();
});

async function examine(files?: string[], texts: Record<string, string> = {}, trusted = true) {
  const opened = await repositories.at(repository.root, new Session(trusted, 'cli'));
  return examineFiles(opened, { files, texts, usage: new Usage(), now: 0, signal });
}

/** `kind name file:line`, of what is found. */
async function found(...given: Parameters<typeof examine>): Promise<string[]> {
  const { findings } = await examine(...given);
  return findings.map(({ kind, name, file, line }) => `${kind} ${name} ${file}:${line}`);
}

/** Does what a click does: text that is inserted or replaced gets the line end of the file. */
function applied(text: string, { line, lines, insert, text: line_ }: DoctorFinding['fixes'][number]): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const all = text.split(end);
  all.splice(insert ? line : line - 1, insert ? 0 : lines, ...(line_ === undefined ? [] : [line_]));
  return all.join(end);
}

async function fixed(file: string, kind: string, name: string, at = 0): Promise<string> {
  const { findings } = await examine();
  const fix = findings.find((each) => each.kind === kind && each.name === name)?.fixes[at];
  if (fix?.file !== file) throw new Error(`no fix of ${file} for ${kind} ${name}`);
  return applied(readFileSync(repository.path(fix.file), 'utf8'), fix);
}

describe('a file against its example', () => {
  test('missing, extra, empty, of another type, unused, twice, no variable', async () => {
    repository.write('.env.example', 'PORT=8080\n\n# optional\nHOST=\n# LEVEL=info\nTOKEN=change-me\nA=1\nB=\n# type: boolean\nC=\n');
    repository.write('.env', 'EXTRA=1\nA=ten\nB=\nLEVEL=debug\nTOKEN=change-me\nC=perhaps\nNOBODY=1\nA=eleven\n???\n');
    const { findings, files, examples } = await examine();
    expect([files, examples]).toEqual([['.env'], ['.env.example']]);
    expect(findings.map(({ kind, severity, name, line, because }) => [kind, severity, name, line, because])).toEqual([
      ['missing', 'error', 'PORT', 1, '.env.example:1'],
      ['extra', 'warning', 'EXTRA', 1, null],
      ['duplicate', 'warning', 'A', 2, null],
      ['empty', 'warning', 'B', 3, '.env.example:8'],
      ['unused', 'information', 'LEVEL', 4, null],
      ['empty', 'warning', 'TOKEN', 5, '.env.example:6'],
      ['type', 'error', 'C', 6, '.env.example:10'],
      ['unused', 'information', 'NOBODY', 7, null],
      ['type', 'warning', 'A', 8, '.env.example:7'],
      ['syntax', 'error', '', 9, null],
    ]);
    expect(findings.map(({ message }) => message).join('\n')).not.toMatch(/ten|eleven|perhaps|change-me|debug/);
  });

  test('ports, addresses and switches are known by their names', async () => {
    repository.write('app.js', 'APP_PORT API_URL MAIL_ENABLED DB_URL BASE_URL OTHER_PORT\n');
    repository.write(
      '.env',
      'APP_PORT=70000\nAPI_URL=example\nMAIL_ENABLED=maybe\nDB_URL=file:./dev.db\nBASE_URL=/\nOTHER_PORT=${APP_PORT}\n',
    );
    expect(await found()).toEqual(['type APP_PORT .env:1', 'type API_URL .env:2', 'type MAIL_ENABLED .env:3']);
  });

  test('files of a folder are stacked, and each finds its own example', async () => {
    repository.write('.env.example', 'A=1\nB=2\n');
    repository.write('.env', 'A=1\n');
    repository.write('.env.local', 'B=2\n');
    repository.write('.env.staging', 'A=1\n');
    expect(await found()).toEqual([]);
    // Said once, where it belongs.
    repository.write('.env.local', '');
    expect(await found(['.env', '.env.local'])).toEqual(['missing B .env:1']);
    repository.write('.env.local', 'B=2\n');
    repository.write('.env.staging.example', 'C=\n');
    expect(await found()).toEqual(['missing C .env.staging:1', 'extra A .env.staging:1']);
    // Alone it is what counts.
    repository.remove('.env');
    repository.remove('.env.staging');
    repository.remove('.env.staging.example');
    expect(await found()).toEqual(['missing A .env.local:1']);
    repository.write('web/index.js', 'A\n');
    repository.write('web/.env', 'A=1\n');
    repository.write('node_modules/x/.env', 'Z=1\n');
    repository.write('.gitignore', 'node_modules\n.env*\n');
    expect((await examine()).files).toEqual(['.env.local', 'web/.env']);
  });

  test('a real value in an example is found; the baseline and a comment allow it', async () => {
    const token = `ghp_${key}${key.slice(0, 4)}`;
    repository.write('.env.example', `# head\r\nTOKEN=${token} # of the shop\r\nAPI_KEY="${key}"\r\nA=${token} # hearth:allow-secret\r\n`);
    const { findings } = await examine(['.env.example']);
    expect(findings.map(({ kind, severity, name, line }) => [kind, severity, name, line])).toEqual([
      ['missing', 'information', '', 1],
      ['secret', 'error', 'TOKEN', 2],
      ['secret', 'warning', 'API_KEY', 3],
    ]);
    expect(JSON.stringify(findings)).not.toContain(key);
    expect(await fixed('.env.example', 'secret', 'TOKEN')).toContain('# head\r\nTOKEN= # of the shop\r\nAPI_KEY=');
  });

  test('hearth.yaml asks too: secrets, and names in templates', async () => {
    repository.write(
      'hearth.yaml',
      [
        'version: 1',
        'project: shop',
        'services:',
        '  web:',
        '    image: "web:1"',
        '    variables: { URL: "http://${HOST}:${PORT:-80}/${HEARTH_COMMIT}${REGION}", LEVEL: info }',
        '    secrets: [TOKEN]',
        'environments: { production: { docker: local, routing: { kind: none }, variables: { REGION: north } } }',
      ].join('\n'),
    );
    repository.write('.env', '');
    const { findings } = await examine();
    expect(findings.map(({ kind, severity, name, because }) => [kind, severity, name, because])).toEqual([
      ['missing', 'warning', 'TOKEN', 'hearth.yaml:7'],
      ['missing', 'warning', 'HOST', 'hearth.yaml:6'],
    ]);
    // As it is in an editor.
    const yaml = readFileSync(repository.path('hearth.yaml'), 'utf8').replace('[TOKEN]', '[A]');
    expect(await found(undefined, { 'hearth.yaml': yaml, '.env': 'HOST=x\n' })).toEqual(['missing A .env:1']);
    expect(await found(undefined, { 'hearth.yaml': 'version: [' })).toEqual([]);
  });
});

describe('fixes', () => {
  const example = '# first\r\nA=1\r\nB=\r\nC=3\r\n';

  test('keep comments, order and line ends', async () => {
    repository.write('.env.example', example);
    repository.write('.env', '# mine\r\nA=5 # five\r\n\r\n# last\r\nC=\r\n');
    expect(await fixed('.env', 'missing', 'B')).toBe('# mine\r\nA=5 # five\r\nB=\r\n\r\n# last\r\nC=\r\n');
    expect(await fixed('.env', 'empty', 'C')).toBe('# mine\r\nA=5 # five\r\n\r\n# last\r\nC=3\r\n');
    repository.write('.env', '# mine\nC=3\nB="one\ntwo" # b\nEXTRA=x\nB=4\n');
    expect(await fixed('.env', 'missing', 'A')).toBe('# mine\nC=3\nA=1\nB="one\ntwo" # b\nEXTRA=x\nB=4\n');
    expect(await fixed('.env', 'duplicate', 'B')).toBe('# mine\nC=3\nEXTRA=x\nB=4\n');
    expect(await fixed('.env.example', 'extra', 'EXTRA')).toBe('# first\r\nA=1\r\nB=\r\nEXTRA=\r\nC=3\r\n');
    expect(await fixed('.env', 'extra', 'EXTRA', 1)).toBe('# mine\nC=3\nB="one\ntwo" # b\nB=4\n');
    repository.write('.env', '');
    expect(await fixed('.env', 'missing', 'C')).toBe('C=3\n');
  });

  test('carry no value of a file, and none of an example that may be a secret', async () => {
    repository.write('.env.example', `A_SECRET=${key}\nURL=postgres://u:${key}@db.shop.io/x\nPORT=80\n`);
    repository.write('.env', `EXTRA=${key}\nPORT=${key}\nA="${key}" "\nB=${key}\nB=${key}\n`);
    const { findings } = await examine();
    expect(findings.length).toBeGreaterThan(6);
    expect(JSON.stringify(findings)).not.toContain(key);
  });
});

describe('hostile files', () => {
  test('links, folders, binary, huge, other encodings: one clear finding each', async () => {
    const outside = createRepository();
    outside.write('secret.env', 'OUTSIDE=1\n');
    symlinkSync(outside.path('secret.env'), repository.path('.env.link'));
    mkdirSync(repository.path('.env.folder'));
    repository.write('.env.utf16', Buffer.from('\ufeffA=1\n', 'utf16le'));
    repository.write('.env.huge', 'A=1\n'.repeat(250_001));
    repository.write('.env.junk', '<html>\n'.repeat(5000));
    const name = '.env.\u202e$(touch x)\n<b>';
    repository.write(name, 'A=1\n');
    const { findings } = await examine();
    const said = findings.map(({ file, severity, message }) => [file, severity, message]);
    expect(said.filter(([file]) => file !== '.env.junk')).toEqual([
      ['.env.huge', 'error', 'This is not looked at: .env.huge is larger than 1000 kB.'],
      ['.env.link', 'error', 'This is not looked at: .env.link is a link.'],
      ['.env.utf16', 'error', 'This is no UTF-8 text, so nothing is said of its variables.'],
      [name, 'error', expect.stringMatching(/^This is not looked at: [^\n\u202e]+must not contain control characters/)],
    ]);
    const junk = said.filter(([file]) => file === '.env.junk');
    expect(junk).toHaveLength(101);
    expect(junk.at(-1)?.[2]).toBe('There are 4900 more lines like these: this may be no file of variables.');
    outside.dispose();
  });

  test('a path out of the repository, and one that is no file of variables', async () => {
    await expect(examine(['../.env'])).resolves.toMatchObject({ findings: [{ kind: 'syntax', message: expect.stringContaining('".."') }] });
    await expect(examine(['app.js'])).rejects.toMatchObject({ reason: 'invalid' });
    await expect(examine(['.env.none'])).rejects.toMatchObject({ reason: 'not-found' });
  });

  test('an untrusted repository runs nothing', async () => {
    repository.write('.env', 'NOBODY=1\nA=2\n');
    const marker = repository.path('ran');
    repository.git('config', 'core.fsmonitor', `touch ${marker}; false`);
    repository.git('config', 'diff.x.textconv', `touch ${marker}`);
    repository.write('.gitattributes', '*.js diff=x\n');
    expect(await found(undefined, {}, false)).toEqual(['unused NOBODY .env:1']);
    expect(() => readFileSync(marker)).toThrow('ENOENT');
  });

  test('names are found among many, whatever the settings of git grep are', async () => {
    repository.git('config', 'grep.lineNumber', 'true');
    repository.git('config', 'grep.column', 'true');
    repository.git('config', 'grep.patternType', 'perl');
    repository.write('big.txt', `${'A '.repeat(40)}\n`.repeat(5000));
    repository.write('z/last.txt', 'see LAST_ONE.\nNOT_ONES is another name\n');
    repository.write('.env', 'A=1\nLAST_ONE=1\nNOT_ONE=1\n');
    expect(await found()).toEqual(['unused NOT_ONE .env:3']);
  });
});

describe('what is stored', () => {
  const yaml = `version: 1
project: shop
services:
  web:
    image: "web:1"
    variables: { ADDRESS: "http://\${HOST}" }
    secrets: [{ name: TOKEN, rotate: 90d }, { name: OLD, as: file, rotate: 12h }, EMPTY_ONE]
environments:
  production: { docker: local, routing: { kind: none } }
notifications:
  - { to: slack, secret: SLACK, environment: production }
`;
  let vault: Vault;
  beforeEach(async () => {
    vault = await openVault();
  });
  afterEach(() => vault.close());

  async function look(now: number): Promise<DoctorFinding[]> {
    const { config } = await parseHearthConfig(yaml);
    if (config === undefined) throw new Error('hearth.yaml');
    const question = { keys: vault.keys, project, config, environment: 'production', now, expected: typeOfName, lineOf: () => 7 };
    return vault.read((reader) => storedFindings({ ...question, reader }));
  }

  test('missing, empty, of another type, for nobody; and no value of it is said', async () => {
    await vault.set('production', { EMPTY_ONE: '', TOKEN: key, NOBODY: key, SLACK_TOO: key }, true);
    await vault.set('production', { PORT: `no port ${key}` });
    await vault.set('production/gone', { A: key });
    const findings = await look(vault.state.clock);
    expect(findings.map(({ kind, severity, name, file, because }) => [kind, severity, name, file, because])).toEqual([
      ['missing', 'error', 'ADDRESS', null, 'hearth.yaml:7'],
      ['empty', 'warning', 'EMPTY_ONE', null, 'hearth.yaml:7'],
      ['missing', 'error', 'OLD', null, 'hearth.yaml:7'],
      ['type', 'warning', 'PORT', null, 'hearth.yaml:7'],
      ['missing', 'error', 'SLACK', null, 'hearth.yaml'],
      ['unused', 'warning', 'A', null, null],
      ['unused', 'warning', 'NOBODY', null, null],
      ['unused', 'warning', 'SLACK_TOO', null, null],
    ]);
    expect(JSON.stringify(findings)).not.toContain(key);
  });

  test('a secret that is older than its `rotate`', async () => {
    await vault.set('production', { EMPTY_ONE: 'x', TOKEN: key, OLD: key, SLACK: key }, true);
    await vault.set('production', { HOST: 'shop' });
    const stored = vault.state.clock;
    expect(await look(stored + 12 * 3_600_000)).toEqual([]);
    const old = (await look(stored + 36 * 3_600_000)).map(({ kind, severity, message }) => [kind, severity, message]);
    const hint = '`hearth env set production OLD --secret` stores a new one.';
    expect(old).toEqual([['age', 'error', `The secret OLD of web is 1 day old, and \`rotate\` allows 12 hours: ${hint}`]]);
    expect((await look(stored + 91 * 86_400_000)).map(({ name }) => name)).toEqual(['OLD', 'TOKEN']);
  });
});

describe('hearth env doctor', () => {
  let place: WorkPlace;
  beforeAll(async () => {
    place = await workPlace();
  });
  afterAll(() => place.dispose());

  test('says what is wrong, and ends with 1 only for an error', { timeout: 300_000 }, async () => {
    const own = place.repository();
    const run = (...args: string[]) => cli(['env', 'doctor', ...args], { env: place.home.env, cwd: own.root });
    own.write('.env.example', 'PORT=80\nTOKEN=\n');
    own.write('app.js', 'PORT TOKEN\n');
    own.write('.env', `PORT=x${key}\n`);
    own.write(
      'hearth.yaml',
      'version: 1\nproject: shop\nservices: { web: { image: "web:1", secrets: [TOKEN] } }\nenvironments: { production: { docker: local, routing: { kind: none } } }\n',
    );
    own.commit('All');
    expect(await run()).toEqual({
      code: 1,
      stdout:
        '.env:1: error: TOKEN is missing: .env.example:2 asks for it. [missing]\n' +
        '.env:1: warning: PORT is not a port (1 to 65535), and its name says that it is one. [type]\n',
      stderr: 'Looked at 2 files: 1 error, 1 remark.\n',
    });
    const json = await run('.env', '--json', '--untrusted');
    expect(json.code).toBe(1);
    expect(json.stdout).not.toContain(key);
    expect(JSON.parse(json.stdout)).toMatchObject({
      files: ['.env'],
      examples: ['.env.example'],
      findings: [{ kind: 'missing' }, { kind: 'type' }],
    });
    writeFileSync(path.join(own.root, '.env'), 'PORT=8080\nTOKEN=t\n');
    expect(await run()).toEqual({ code: 0, stdout: '', stderr: 'Looked at 2 files: 0 errors, 0 remarks.\n' });

    const missing = await run('production');
    expect([missing.code, missing.stdout]).toEqual([
      1,
      'production: error: The secret TOKEN of web is not set for production. `hearth env set production TOKEN --secret` stores it. (hearth.yaml:3) [missing]\n',
    ]);
    await place.server.send(set, { repository: own.root, environment: 'production', values: { TOKEN: key }, secret: true });
    expect(await run('production', '.env')).toMatchObject({ code: 0, stdout: '' });
    expect(await run('prodution')).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no environment "prodution"') });
    expect(await run('production', 'staging')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('package.json')).toMatchObject({ code: 1, stderr: expect.stringContaining('no file of variables') });
  });
});
