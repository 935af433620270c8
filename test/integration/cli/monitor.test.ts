// From a commit that breaks a service to its post-mortem, as a person goes it in a terminal: a real hub, a real engine, real checks, and
// somebody who is told.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Incident, listIncidents } from '../../../server/protocol/incident.ts';
import { listMonitors } from '../../../server/protocol/monitor.ts';
import { outbox } from '../../../server/protocol/notify.ts';
import { type CliOutcome, cli, jsonLines } from '../../support/cli.ts';
import { baseImage, describeDocker, testDocker } from '../../support/docker.ts';
import { freePort } from '../../support/freePort.ts';
import { HubHome } from '../../support/hub.ts';
import { createRepository, type Repository } from '../../support/repositories/repository.ts';
import type { TestServer } from '../../support/server.ts';
import { type HttpSink, httpSink } from '../../support/sinks.ts';

const project = `watch-${randomBytes(4).toString('hex')}`;

/** What the repository has beside its configuration. `broken`: once there is a file `/break`, however long it took to go live. */
function files(broken: boolean): Record<string, string> {
  const later = broken ? '(until [ -e /break ]; do sleep 0.2; done; rm -f /www/healthz) &\n' : '';
  return {
    Dockerfile: `FROM ${baseImage}\nCOPY www /www\nCOPY serve.sh /serve.sh\nCMD ["/bin/sh", "/serve.sh"]\n`,
    'www/healthz': 'ok\n',
    'serve.sh': `trap 'kill $server; exit 0' TERM\nhttpd -f -p 8080 -h /www & server=$!\n${later}wait $server\n`,
  };
}

function config(port: number, sink: HttpSink): string {
  return `version: 1
project: ${project}
services:
  web:
    owner: Ada
    build: {}
    port: 8080
    publish: "127.0.0.1:${port}"
    health: { http: /healthz, interval: 50ms, timeout: 5s, healthy_for: 200ms, deadline: 60s }
    drain: 0s
    stop_timeout: 1s
environments:
  production: { docker: local, routing: none }
monitors:
  - { name: home, service: web, environment: production, http: "http://127.0.0.1:${port}/healthz", interval: 5s, retry_interval: 1s, timeout: 5s, failures: 8, successes: 1, assert: ["status == 200"] }
notifications:
  - { name: chat, to: slack, secret: CHAT_URL, environment: production, on: [down, recovered], group: 0s }
  - { name: program, to: webhook, url: "${sink.address}/program", on: [down, recovered], group: 0s }
incidents: { settle: 1s }
`;
}

describeDocker('a service that breaks', () => {
  let repository: Repository;
  let home: HubHome;
  let window: TestServer;
  let sink: HttpSink;
  let docker: Awaited<ReturnType<typeof testDocker>>;
  const commits: Record<string, string> = {};
  const hearth = (...args: string[]): Promise<CliOutcome> => cli(args, { env: home.env, cwd: repository.root });
  const json = async (...args: string[]) => jsonLines((await hearth(...args, '--json')).stdout);
  const told = (channel: string): string[] => sink.received.filter((each) => each.path === `/${channel}`).map(({ body }) => body);
  const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 120_000, interval: 200 });
  const at = () => ({ repository: repository.root });
  const incidents = async (): Promise<Incident[]> => (await window.send(listIncidents, at())).incidents;

  function version(name: string, more: Record<string, string>): string {
    for (const [file, text] of Object.entries(more)) repository.write(file, text);
    commits[name] = repository.commit(`Version ${name}`);
    return commits[name];
  }

  beforeAll(async () => {
    docker = await testDocker();
    sink = await httpSink();
    repository = createRepository();
    home = new HubHome({ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', DOCKER_HOST: docker.address });
    // What is waited for is asked by a window: a command line for each question would cost a process.
    window = await home.window();
    version('good', { ...files(false), 'hearth.yaml': config(await freePort(), sink) });
  });
  afterAll(async () => {
    await hearth('deploy', 'remove', 'production', '--yes');
    await home.dispose();
    const images = docker.docker('images', '-q', '--filter', `reference=hearth/${project}-*`).split('\n').filter(Boolean);
    if (images.length > 0) docker.docker('rmi', '-f', ...new Set(images));
    const networks = docker.docker('network', 'ls', '-q', '--filter', `label=hearth.project=${project}`).split('\n').filter(Boolean);
    for (const id of networks) docker.docker('network', 'rm', id);
    docker.close();
    repository.dispose();
    await sink.close();
  });

  test('is deployed; monitors are there once the configuration is applied', async () => {
    expect(await hearth('monitor', 'list')).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('Nothing is watched') });
    const set = await cli(['env', 'set', 'production', 'CHAT_URL', '--secret'], {
      ...{ env: home.env, cwd: repository.root },
      input: `${sink.address}/chat`,
    });
    expect(set).toMatchObject({ code: 0 });
    expect(await hearth('deploy', 'run', 'production', '--wait')).toMatchObject({ code: 0 });
    expect(await json('monitor', 'list')).toEqual([]);
    expect(await hearth('config', 'apply')).toMatchObject({ code: 0 });
    await eventually(async () => (await window.send(listMonitors, at())).monitors.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'home up',
    ]);
    const { code, stdout } = await hearth('services', 'list');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^.*web .*Ada/) });
    expect(await hearth('notify', 'test', 'program')).toMatchObject({ code: 0 });
    expect(told('program')).toHaveLength(1);
    sink.received.length = 0;
  });

  test('goes down: one incident, one message for each notification, exit code 1', async () => {
    version('words', { 'README.md': 'Ask Ada.\n' });
    version('breaking', files(true));
    version('more words', { 'NOTES.md': 'Ask Grace.\n' });
    expect(await hearth('deploy', 'run', 'production', '--wait')).toMatchObject({ code: 0 });
    const running = docker.docker('ps', '-q', '--filter', `label=hearth.commit=${commits['more words']}`).split('\n');
    docker.docker('exec', running[0] ?? '', 'touch', '/break');
    await eventually(async () => (await incidents()).map(({ number, state, services }) => ({ number, state, services }))).toEqual([
      { number: 1, state: 'investigating', services: ['web'] },
    ]);
    await eventually(async () => [told('chat').length, told('program').length]).toEqual([1, 1]);
    expect(told('chat')[0]).toMatch(/web|home/);
    const { code, stdout } = await hearth('monitor', 'list');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/home .*down/) });
    expect((await hearth('incident', 'list', '--open')).stdout).toMatch(/^I-1 .*investigating/m);
  });

  test('the breaking commit is suspected first', async () => {
    const [found] = await json('incident', 'suspects', 'I-1');
    const suspected = (found as { commits: { commit: string }[] }).commits.map(({ commit }) => commit);
    expect(suspected[0]).toBe(commits['breaking']);
    expect(new Set(suspected)).toEqual(new Set([commits['words'], commits['breaking'], commits['more words']]));
    expect((await hearth('incident', 'suspects', 'I-1')).stdout).toContain(commits['breaking']?.slice(0, 7));
  });

  test('is acknowledged, rolled back, told to be well once, and resolved by itself', async () => {
    expect(await hearth('incident', 'ack', 'I-1')).toMatchObject({ code: 0 });
    expect(await hearth('incident', 'note', 'I-1', 'The page goes after two seconds.')).toMatchObject({ code: 0 });
    expect(await hearth('deploy', 'rollback', 'production', 'web', '--wait')).toMatchObject({ code: 0 });
    await eventually(async () => (await incidents()).map(({ state }) => state)).toEqual(['resolved']);
    await eventually(async () => [told('chat').length, told('program').length]).toEqual([2, 2]);
    // That they were sent is written once they were answered.
    await eventually(async () => {
      const { messages } = await window.send(outbox, at());
      return messages.map(({ channel, kind, state }) => `${channel} ${kind} ${state}`).sort();
    }).toEqual(['chat down sent', 'chat recovered sent', 'program down sent', 'program recovered sent']);
    expect((await hearth('monitor', 'list')).code).toBe(0);
  });

  test('its post-mortem and the report tell it from the log', async () => {
    const written = await hearth('incident', 'postmortem', 'I-1', '--write');
    const file = /^Wrote (.+)\n$/.exec(written.stdout)?.[1] ?? '';
    const text = readFileSync(path.join(repository.root, file), 'utf8');
    for (const part of ['I-1', 'The page goes after two seconds.', String(commits['breaking']?.slice(0, 7))]) expect(text).toContain(part);
    expect((await hearth('monitor', 'report', '--format', 'markdown')).stdout).toContain('home');
  });
});
