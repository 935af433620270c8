// `hearth rpc`, `hearth api`, `hearth completion`, help.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Command } from '../../../server/cli/command.ts';
import { commands } from '../../../server/cli/commands.ts';
import { commonOptions } from '../../../server/cli/commonOptions.ts';
import { helpOf } from '../../../server/cli/help.ts';
import { contract } from '../../../server/protocol/index.ts';
import { cli, jsonLines } from '../../support/cli.ts';
import { plantTrap, trapRepository } from '../../support/repositories/boobyTraps.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';

let repository: Repository;
beforeAll(() => {
  repository = createRepository();
  repository.write('a.txt', 'one\n');
  repository.commit('One');
  repository.write('a.txt', 'two\n');
  repository.commit('Two');
});
afterAll(() => repository.dispose());

const rpc = (...args: string[]) => cli(['rpc', ...args], { cwd: repository.root });

describe('hearth api', () => {
  test('is OpenRPC that lists every message of the contract, with schemas that say what is required', async () => {
    const { code, stdout } = await cli(['api']);
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as { openrpc: string; info: { title: string; version: string }; methods: Method[] };
    expect(document.openrpc).toMatch(/^1\.\d+\.\d+$/);
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expect(document.methods.map(({ name }) => name).sort()).toEqual(contract.map(({ method }) => method).sort());
    for (const method of document.methods) {
      expect(method.summary, method.name).toMatch(/\.$/);
      for (const param of method.params) expect(param, method.name).toMatchObject({ name: expect.any(String), schema: expect.any(Object) });
      const definition = contract.find((each) => each.method === method.name);
      if (definition?.kind === 'request')
        expect(method.result, method.name).toMatchObject({ name: expect.any(String), schema: expect.any(Object) });
      else expect(method.result, method.name).toBeUndefined();
    }
    const log = document.methods.find(({ name }) => name === 'git/log');
    expect(log?.params[0]?.schema).toMatchObject({ type: 'object', required: ['repository'], additionalProperties: false });
    expect(log?.['x-hearth']).toMatchObject({ where: 'local', trust: false, partial: { type: 'object' } });
  });
});

interface Method {
  name: string;
  summary: string;
  params: { name: string; schema: Record<string, unknown> }[];
  result?: unknown;
  'x-hearth': unknown;
}

describe('hearth rpc', () => {
  test('calls any method; rows are in the result, or stream', async () => {
    const params = JSON.stringify({ repository: repository.root });
    const whole = JSON.parse((await rpc('git/log', params)).stdout);
    expect(whole).toMatchObject({ more: false, commits: [{ subject: 'Two' }, { subject: 'One' }] });
    const streamed = jsonLines((await rpc('git/log', params, '--stream')).stdout);
    expect(streamed.at(-1)).toEqual({ more: false });
    expect(streamed.slice(0, -1).flatMap((line) => (line['partial'] as { commits: unknown[] }).commits)).toEqual(whole.commits);
  });

  test.each([
    [['git/log', '{"repository": 5}'], 1],
    [['git/log', '{"repository": "/", "nonsense": 1}'], 1],
    [['git/log', '{not json'], 2],
    [['no/method'], 2],
    [['git/moved'], 2],
    [[], 2],
  ])('%j ends with %i and one sentence', async (args, expected) => {
    const { code, stdout, stderr } = await rpc(...args);
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toMatch(/^hearth: [^\n]+\n/);
  });

  test('--untrusted runs nothing that the repository configures; without it the same call does', async () => {
    using trapped = trapRepository();
    const trap = plantTrap(trapped, 'filter.trap.clean');
    const params = JSON.stringify({ repository: trapped.root, from: { kind: 'commit', revision: 'HEAD' }, to: { kind: 'worktree' } });
    expect((await cli(['rpc', 'git/diffList', params, '--untrusted'])).code).toBe(0);
    expect(trap.sprung()).toBe(false);
    expect((await cli(['rpc', 'git/diffList', params])).code).toBe(0);
    expect(trap.sprung()).toBe(true);
  });
});

describe('hearth completion', () => {
  test.each(['bash', 'zsh', 'fish'])('%s knows every verb', async (shell) => {
    const { code, stdout } = await cli(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['log', 'show', 'history', 'files', 'diff', 'rpc', 'api', 'completion']) expect(stdout).toContain(word);
  });

  test('bash completes commands, verbs, options and revisions', async () => {
    const { stdout: script } = await cli(['completion', 'bash']);
    const complete = (...words: string[]) => completeIn(repository.root, ...words);
    const completeIn = (cwd: string, ...words: string[]) => {
      const array = words.map((word) => `'${word}'`).join(' ');
      const { stdout, stderr } = spawnSync(
        'bash',
        ['-c', `eval "$(cat)"; COMP_WORDS=(${array}); COMP_CWORD=${words.length - 1}; _hearth; printf '%s\\n' "\${COMPREPLY[@]}"`],
        {
          input: script,
          cwd,
          encoding: 'utf8',
        },
      );
      expect(stderr).toBe('');
      return stdout.split('\n').filter((line) => line !== '');
    };
    expect(complete('hearth', 'g')).toEqual(['git']);
    expect(complete('hearth', 'git', 'hi')).toEqual(['history']);
    expect(complete('hearth', 'git', 'history', '--fu')).toEqual(['--function']);
    expect(complete('hearth', 'git', 'log', 'ma')).toEqual(['main']);
    expect(complete('hearth', 'completion', 'z')).toEqual(['zsh']);
    expect(complete('hearth', 'git', 'history', 'a.t')).toEqual(['a.txt']);
    // Git allows all but blanks in the name of a branch: pressing Tab must not run it.
    using hostile = createRepository();
    hostile.write('two words.txt', 'x\n');
    hostile.commit('One');
    const names = ['topic/$(touch${IFS}sprung)', 'topic/`touch${IFS}sprung`', 'topic/plain'];
    for (const name of names) hostile.git('branch', name);
    expect(completeIn(hostile.root, 'hearth', 'git', 'log', 'topic/').sort()).toEqual([...names].sort());
    expect(completeIn(hostile.root, 'hearth', 'git', 'blame', 'two')).toEqual(['two words.txt']);
    expect(hostile.git('ls-files', '--others')).toBe('');
  });

  test('another shell is wrong usage', async () => {
    expect((await cli(['completion', 'tcsh'])).code).toBe(2);
  });
});

describe('help', () => {
  test('every command has a purpose, and options with examples behind --help', async () => {
    const { code, stdout } = await cli(['help']);
    expect(code).toBe(0);
    const names = stdout
      .split('\n')
      .filter((line) => /^ {2}\S/.test(line))
      .map((line) => line.trim().split(/ {2,}/)[0] ?? '');
    expect(names).toEqual([...new Set(commands.map(({ domain, verb }) => `${domain} ${verb}`.trim()))]);
    for (const command of commands) {
      expect(helpOf(command, commonOptions), `${command.domain} ${command.verb}`).toMatch(/^usage: hearth [\s\S]*examples:\n {2}/);
    }
    // A process each would take half a minute: it is the same text.
    for (const command of [commands[0], commands.at(-1)] as Command[]) {
      const help = await cli([command.domain, ...(command.verb === '' ? [] : [command.verb]), '--help']);
      expect(help).toMatchObject({ code: 0, stdout: helpOf(command, commonOptions) });
    }
  });

  test.each([
    ['events', '--since', '-5d'],
    ['events', '--nope'],
    ['git', 'log', '--nope'],
  ])('wrong usage of an option is one line and the usage: %s %s %s', async (...words) => {
    const { code, stderr } = await cli(words);
    expect(code).toBe(2);
    const command = words[0] === 'events' ? 'events' : 'git log';
    expect(stderr.replace(/usage: hearth .*\n/, '')).toMatch(
      new RegExp(`^hearth: [^\\n]*\\. \`hearth ${command} --help\` shows the options\\.\\n$`),
    );
  });

  test('--version', async () => {
    expect((await cli(['--version'])).stdout).toMatch(/^hearth \d+\.\d+\.\d+\n$/);
  });
});
