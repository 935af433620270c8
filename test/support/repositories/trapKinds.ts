// The booby traps that `boobyTraps.ts` plants, one per configuration key that can make git run a program.
// An empty `springsWith` is a key that no reading command of git 2.39 was seen to run; it is planted all the same, because another version may.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRepository, type Repository } from './repository.ts';

export interface Planting {
  repository: Repository;
  config(key: string, value: string): void;
  /** Gives every path the attribute, from `.git/info/attributes`. */
  attributes(line: string): void;
  /** An executable that makes the marker and then runs `body` (shell). */
  program(body?: string): string;
  /** Writes a file below the work tree or `.git`, executable when asked. */
  file(path: string, contents: string, executable?: boolean): void;
}

export interface TrapKind {
  key: string;
  springsWith: readonly ReadCommand[];
  /** The folder of the work tree in which reading springs it; default the root. */
  cwd?: string;
  plant(planting: Planting): void;
}

/** Reading, as plain git does it, in a repository from `trapRepository()`. */
export const readCommands = {
  status: ['status', '--porcelain'],
  diff: ['diff'],
  'diff HEAD': ['diff', 'HEAD'],
  'diff A B': ['diff', 'HEAD~1', 'HEAD~2'],
  'diff --raw A B': ['diff', '--raw', '--numstat', 'HEAD~1', 'HEAD~2'],
  'diff-files': ['diff-files', '-p'],
  blame: ['blame', 'a.txt'],
  'blame HEAD': ['blame', 'HEAD', '--', 'a.txt'],
  show: ['show', 'HEAD'],
  'show HEAD~1': ['show', 'HEAD~1'],
  log: ['log', '-n3'],
  'log -p': ['log', '-p', '-n3'],
  'log -L': ['log', '-L1,1:a.txt'],
  'log %G?': ['log', '-n3', '--format=%G?'],
  'cat-file': ['cat-file', '-p', 'HEAD~1:a.txt'],
  'cat-file --filters': ['cat-file', '--filters', 'HEAD:a.txt'],
  'cat-file --textconv': ['cat-file', '--textconv', 'HEAD:a.txt'],
  grep: ['grep', '-n', 'line'],
  'grep --textconv': ['grep', '--textconv', 'line'],
  'ls-files -m': ['ls-files', '-m'],
  'ls-tree -l': ['ls-tree', '-r', '-l', 'HEAD~1'],
  archive: ['archive', '--format=tar', 'HEAD'],
  'archive --format=trap': ['archive', '--format=trap', 'HEAD'],
  'merge-tree': ['merge-tree', '--write-tree', 'HEAD', 'side'],
  'describe --dirty': ['describe', '--always', '--dirty'],
  'stash list': ['stash', 'list'],
  'for-each-ref': ['for-each-ref'],
  'rev-list --objects': ['rev-list', '--objects', '--all'],
  'ls-remote': ['ls-remote', 'origin'],
  paginate: ['--paginate', 'log', '-n1'],
  'range-diff': ['range-diff', 'HEAD~2...side'],
  'submodule status': ['submodule', 'status'],
} as const;

export type ReadCommand = keyof typeof readCommands;

// The commands that were seen to spring the traps of one family.
const WORK_TREE: readonly ReadCommand[] = ['status', 'diff', 'diff HEAD', 'diff-files', 'blame', 'ls-files -m', 'describe --dirty'];
const ANY_FILTER: readonly ReadCommand[] = [
  'status',
  'diff',
  'diff HEAD',
  'diff-files',
  'blame',
  'cat-file --filters',
  'ls-files -m',
  'archive',
  'describe --dirty',
];
const FSMONITOR: readonly ReadCommand[] = [
  'status',
  'diff',
  'diff HEAD',
  'diff-files',
  'blame',
  'grep',
  'grep --textconv',
  'ls-files -m',
  'describe --dirty',
  'submodule status',
];
const SIGNATURE: readonly ReadCommand[] = ['show', 'log', 'log -p', 'log %G?', 'paginate'];
const FETCH: readonly ReadCommand[] = [
  'diff A B',
  'diff --raw A B',
  'blame',
  'blame HEAD',
  'show',
  'show HEAD~1',
  'log -p',
  'log -L',
  'cat-file',
  'ls-tree -l',
  'rev-list --objects',
  'ls-remote',
];
const INDEX_WRITE: readonly ReadCommand[] = ['status', 'describe --dirty'];
const TEXTCONV: readonly ReadCommand[] = [
  'diff',
  'diff HEAD',
  'diff A B',
  'blame',
  'blame HEAD',
  'show',
  'show HEAD~1',
  'log -p',
  'cat-file --textconv',
  'grep --textconv',
  'range-diff',
];
const EXTERNAL: readonly ReadCommand[] = ['diff', 'diff HEAD', 'diff A B'];

/** Makes the old blob of `a.txt` one that must be fetched from `url`, as in a partial clone. */
function promisor({ repository, config }: Planting, url: string): void {
  const blob = repository.git('rev-parse', 'HEAD~1:a.txt');
  config('core.repositoryformatversion', '1');
  config('extensions.partialClone', 'origin');
  config('remote.origin.promisor', 'true');
  config('remote.origin.partialclonefilter', 'blob:none');
  config('remote.origin.url', url);
  rmSync(repository.path('.git/objects', blob.slice(0, 2), blob.slice(2)), { force: true });
}

/** Puts a commit with a signature of that kind on top, and has git check signatures in every log. */
function signed({ repository, config }: Planting, armour: string): void {
  const raw = repository.git('cat-file', 'commit', 'HEAD');
  const end = raw.indexOf('\n\n');
  const signature = `gpgsig -----BEGIN ${armour}-----\n \n abc\n -----END ${armour}-----`;
  const text = `${raw.slice(0, end)}\n${signature}${raw.slice(end)}\n`;
  const id = repository.gitBytes(['hash-object', '-t', 'commit', '-w', '--stdin'], { input: text }).toString().trim();
  repository.git('update-ref', 'HEAD', id);
  config('log.showSignature', 'true');
}

const hook = (name: string, springsWith: readonly ReadCommand[] = []): TrapKind => ({
  key: `hooks/${name}`,
  springsWith,
  plant: ({ file, program }) => file(`.git/hooks/${name}`, `#!/bin/sh\nexec '${program()}' "$@"\n`, true),
});

const settingOnly = (key: string, springsWith: readonly ReadCommand[] = [], body = 'cat'): TrapKind => ({
  key,
  springsWith,
  plant: ({ config, program }) => config(key, program(body)),
});

export const traps: readonly TrapKind[] = [
  {
    key: 'filter.trap.clean',
    springsWith: WORK_TREE,
    plant: ({ config, attributes, program }) => {
      attributes('filter=trap');
      config('filter.trap.clean', program('cat'));
    },
  },
  {
    key: 'filter.trap.smudge',
    springsWith: ['cat-file --filters', 'archive'],
    plant: ({ config, attributes, program }) => {
      attributes('filter=trap');
      config('filter.trap.smudge', program('cat'));
    },
  },
  {
    key: 'filter.trap.process',
    springsWith: ANY_FILTER,
    plant: ({ config, attributes, program }) => {
      attributes('filter=trap');
      config('filter.trap.process', program('exit 1'));
    },
  },
  {
    key: 'filter.trap.clean with filter.trap.required',
    springsWith: WORK_TREE,
    plant: ({ config, attributes, program }) => {
      attributes('filter=trap');
      config('filter.trap.required', 'true');
      config('filter.trap.clean', program('cat'));
    },
  },
  {
    key: 'filter.name.with.dots.clean',
    springsWith: WORK_TREE,
    plant: ({ config, attributes, program }) => {
      attributes('filter=name.with.dots');
      config('filter.name.with.dots.clean', program('cat'));
    },
  },
  {
    key: 'filter.Trap=x.clean',
    springsWith: WORK_TREE,
    plant: ({ config, attributes, program }) => {
      // A name with "=" and capitals: it breaks those who pass it as `-c key=value`.
      attributes('filter=Trap=x');
      config('filter.Trap=x.clean', program('cat'));
    },
  },
  {
    key: 'diff.trap.textconv',
    springsWith: TEXTCONV,
    plant: ({ config, attributes, program }) => {
      attributes('diff=trap');
      config('diff.trap.textconv', program('cat "$1"'));
    },
  },
  {
    key: 'diff.trap.command',
    springsWith: EXTERNAL,
    plant: ({ config, attributes, program }) => {
      attributes('diff=trap');
      config('diff.trap.command', program());
    },
  },
  settingOnly('diff.external', EXTERNAL),
  {
    key: 'merge.trap.driver',
    springsWith: ['merge-tree'],
    plant: ({ config, attributes, program }) => {
      attributes('merge=trap');
      config('merge.trap.driver', `${program('exit 1')} %O %A %B`);
    },
  },
  {
    key: 'merge.default',
    springsWith: ['merge-tree'],
    plant: ({ config, program }) => {
      config('merge.default', 'trap');
      config('merge.trap.driver', `${program('exit 1')} %O %A %B`);
    },
  },
  settingOnly('core.fsmonitor', FSMONITOR, 'exit 1'),
  {
    key: 'core.hooksPath',
    springsWith: INDEX_WRITE,
    plant: ({ config, program }) => {
      const folder = dirname(program());
      for (const name of ['post-index-change', 'post-checkout', 'reference-transaction', 'pre-auto-gc', 'fsmonitor-watchman']) {
        writeFileSync(join(folder, name), `#!/bin/sh\nexec '${folder}/program1'\n`);
        chmodSync(join(folder, name), 0o755);
      }
      config('core.hooksPath', folder);
    },
  },
  hook('post-index-change', INDEX_WRITE),
  hook('reference-transaction'),
  hook('post-checkout'),
  // Pagers run only when git writes to a terminal.
  settingOnly('core.pager'),
  settingOnly('pager.log'),
  settingOnly('pager.diff'),
  settingOnly('pager.blame'),
  settingOnly('core.editor'),
  settingOnly('sequence.editor'),
  settingOnly('core.askPass'),
  settingOnly('interactive.diffFilter'),
  settingOnly('core.alternateRefsCommand'),
  settingOnly('uploadpack.packObjectsHook'),
  settingOnly('alias.status', [], 'exit 1'),
  {
    key: 'gpg.program',
    springsWith: SIGNATURE,
    plant: (planting) => {
      signed(planting, 'PGP SIGNATURE');
      planting.config('gpg.program', planting.program('exit 1'));
    },
  },
  {
    key: 'gpg.openpgp.program',
    springsWith: SIGNATURE,
    plant: (planting) => {
      signed(planting, 'PGP SIGNATURE');
      planting.config('gpg.openpgp.program', planting.program('exit 1'));
    },
  },
  {
    key: 'gpg.x509.program',
    springsWith: SIGNATURE,
    plant: (planting) => {
      signed(planting, 'SIGNED MESSAGE');
      planting.config('gpg.x509.program', planting.program('exit 1'));
    },
  },
  {
    key: 'gpg.ssh.program',
    springsWith: SIGNATURE,
    plant: (planting) => {
      signed(planting, 'SSH SIGNATURE');
      planting.file('.git/signers', 'ada@example.test ssh-ed25519 AAAA\n');
      planting.config('gpg.ssh.allowedSignersFile', planting.repository.path('.git/signers'));
      planting.config('gpg.ssh.program', planting.program('exit 1'));
    },
  },
  settingOnly('gpg.ssh.defaultKeyCommand'),
  {
    key: 'core.sshCommand',
    springsWith: FETCH,
    plant: (planting) => {
      promisor(planting, 'ssh://nobody@host.invalid/x.git');
      planting.config('core.sshCommand', planting.program('exit 1'));
    },
  },
  {
    key: 'core.gitProxy',
    springsWith: FETCH,
    plant: (planting) => {
      promisor(planting, 'git://host.invalid/x.git');
      planting.config('core.gitProxy', planting.program('exit 1'));
    },
  },
  {
    key: 'remote.origin.url ext::',
    springsWith: FETCH,
    plant: (planting) => {
      promisor(planting, `ext::${planting.program('exit 1')}`);
      planting.config('protocol.ext.allow', 'always');
    },
  },
  {
    key: 'url.ext::.insteadOf',
    springsWith: FETCH,
    plant: (planting) => {
      promisor(planting, 'https://host.invalid/x.git');
      planting.config(`url.ext::${planting.program('exit 1')} .insteadOf`, 'https://host.invalid/');
      planting.config('protocol.allow', 'always');
    },
  },
  {
    key: 'remote.origin.uploadpack',
    springsWith: FETCH,
    plant: (planting) => {
      promisor(planting, `file://${planting.repository.root}`);
      planting.config('remote.origin.uploadpack', planting.program('exit 1'));
    },
  },
  {
    key: 'remote.origin.vcs',
    springsWith: FETCH,
    plant: (planting) => {
      promisor(planting, `${planting.program('exit 1')}`);
      planting.config('remote.origin.vcs', 'ext');
      planting.config('protocol.ext.allow', 'always');
    },
  },
  {
    key: 'credential.helper',
    springsWith: [],
    plant: (planting) => {
      // Asked only when a server wants a password; this one cannot be reached.
      promisor(planting, 'http://127.0.0.1:9/x.git');
      planting.config('credential.helper', planting.program('exit 1'));
    },
  },
  {
    key: 'include.path',
    springsWith: FSMONITOR,
    plant: ({ config, file, program, repository }) => {
      file('.git/included', `[core]\n\tfsmonitor = ${program('exit 1')}\n`);
      config('include.path', repository.path('.git/included'));
    },
  },
  {
    key: 'includeIf.gitdir.path',
    springsWith: FSMONITOR,
    plant: ({ config, file, program, repository }) => {
      file('.git/included', `[core]\n\tfsmonitor = ${program('exit 1')}\n`);
      config('includeIf.gitdir:/**.path', repository.path('.git/included'));
    },
  },
  {
    key: 'includeIf.onbranch.path',
    springsWith: WORK_TREE,
    plant: ({ config, attributes, file, program, repository }) => {
      attributes('filter=trap');
      file('.git/included', `[filter "trap"]\n\tclean = ${program('cat')}\n`);
      config('includeIf.onbranch:main.path', repository.path('.git/included'));
    },
  },
  {
    key: 'extensions.worktreeConfig',
    springsWith: FSMONITOR,
    plant: ({ config, file, program }) => {
      config('core.repositoryformatversion', '1');
      config('extensions.worktreeConfig', 'true');
      file('.git/config.worktree', `[core]\n\tfsmonitor = ${program('exit 1')}\n`);
    },
  },
  {
    // Git finds a bare repository in any folder that looks like one (unless safe.bareRepository says not to).
    key: 'embedded bare repository',
    springsWith: FSMONITOR,
    cwd: 'docs',
    plant: ({ file, program }) => {
      file('docs/HEAD', 'ref: refs/heads/main\n');
      file('docs/objects/.keep', '');
      file('docs/refs/.keep', '');
      file('docs/a.txt', 'x\n');
      file('docs/config', `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = ${program('exit 1')}\n`);
    },
  },
  {
    // A folder of the work tree whose `.git` file names another folder of the work tree as its repository.
    key: '.git file to a folder of the work tree',
    springsWith: FSMONITOR.filter((command) => command !== 'diff HEAD'),
    cwd: 'docs',
    plant: ({ file, program }) => {
      file('docs/.git', 'gitdir: ../evil\n');
      file('docs/a.txt', 'x\n');
      file('evil/HEAD', 'ref: refs/heads/main\n');
      file('evil/objects/.keep', '');
      file('evil/refs/.keep', '');
      file('evil/config', `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = ${program('exit 1')}\n`);
    },
  },
  {
    key: 'submodule with core.fsmonitor',
    springsWith: ['status', 'diff', 'diff HEAD', 'diff-files'],
    plant: (planting) => {
      const module = trapModule(planting);
      module.git('config', 'core.fsmonitor', planting.program('exit 1'));
    },
  },
  {
    key: 'submodule with filter.trap.clean',
    springsWith: ['status', 'diff', 'diff HEAD', 'diff-files'],
    plant: (planting) => {
      const module = trapModule(planting);
      module.git('config', 'filter.trap.clean', planting.program('cat'));
      planting.file('module/.git/info/attributes', '* filter=trap\n');
    },
  },
  {
    key: 'submodule.module.update',
    springsWith: [],
    plant: (planting) => {
      trapModule(planting);
      planting.config('submodule.module.url', './module');
      planting.config('submodule.module.update', `!${planting.program()}`);
    },
  },
  {
    key: 'tar.trap.command',
    springsWith: ['archive --format=trap'],
    plant: ({ config, program }) => config('tar.trap.command', program('cat')),
  },
  settingOnly('difftool.trap.cmd'),
  settingOnly('mergetool.trap.cmd'),
  settingOnly('browser.trap.cmd'),
  settingOnly('man.trap.cmd'),
  settingOnly('trailer.trap.command'),
  settingOnly('trailer.trap.cmd'),
  settingOnly('guitool.trap.cmd'),
  settingOnly('sendemail.sendmailCmd'),
  settingOnly('instaweb.httpd'),
];

/** A submodule `module/` (its repository inside the work tree) whose file is dirty. */
function trapModule({ repository }: Planting): Repository {
  mkdirSync(repository.path('module'));
  const module = createRepository({ root: repository.path('module') });
  module.write('m.txt', 'one\n');
  const id = module.commit('In the module');
  repository.write('.gitmodules', '[submodule "module"]\n\tpath = module\n\turl = ./module\n');
  repository.git('update-index', '--add', '--cacheinfo', `160000,${id},module`);
  repository.git('add', '.gitmodules');
  repository.commit('Add the module', { stage: 'index' });
  module.write('m.txt', 'two\n'); // of the same size: git must read it to know
  return module;
}
