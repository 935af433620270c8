import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { addressKey, dockerHost, parseAddress } from '../../../server/deploy/engine/address.ts';
import { parseReference } from '../../../server/deploy/engine/reference.ts';

describe('addresses of engines', () => {
  it('are understood in all their forms', () => {
    expect(parseAddress('unix:///run/x y.sock')).toEqual({ kind: 'socket', path: '/run/x y.sock' });
    expect(parseAddress('ssh://ada@host.example.test')).toEqual({ kind: 'ssh', user: 'ada', host: 'host.example.test' });
    expect(parseAddress('ssh://host:2222/run/docker.sock')).toEqual({ kind: 'ssh', host: 'host', port: 2222, socket: '/run/docker.sock' });
    expect(parseAddress('ssh://[fe80::1]:22/')).toEqual({ kind: 'ssh', host: 'fe80::1', port: 22 });
    expect(parseAddress('tcp://10.0.0.1')).toEqual({ kind: 'tcp', host: '10.0.0.1', port: 2376 });
    expect(parseAddress('tcp://[::1]:2375')).toEqual({ kind: 'tcp', host: '::1', port: 2375 });
  });

  it('have one name, which docker understands', () => {
    for (const address of [
      'unix:///run/docker.sock',
      'ssh://ada@host:22/run/docker.sock',
      'ssh://host',
      'ssh://[fe80::1]',
      'tcp://host:2376',
    ])
      expect([addressKey(parseAddress(address)), dockerHost(parseAddress(address))]).toEqual([address, address]);
  });

  it('local is what DOCKER_HOST says where that is a socket', () => {
    expect(parseAddress('local', { DOCKER_HOST: 'unix:///run/mine.sock' })).toEqual({ kind: 'socket', path: '/run/mine.sock' });
    expect(parseAddress('local', { DOCKER_HOST: 'tcp://elsewhere:2376' })).toMatchObject({ kind: 'socket' });
  });

  it('local is the current context of docker where that is a socket', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hearth-context-'));
    const meta = path.join(folder, 'contexts/meta', createHash('sha256').update('desktop').digest('hex'));
    mkdirSync(meta, { recursive: true });
    const local = () => parseAddress('local', { DOCKER_CONFIG: folder });
    const host = (given: string) => writeFileSync(path.join(meta, 'meta.json'), JSON.stringify({ Endpoints: { docker: { Host: given } } }));
    host('unix:///run/desktop.sock');
    expect(local()).not.toEqual({ kind: 'socket', path: '/run/desktop.sock' });
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ currentContext: 'desktop' }));
    expect(local()).toEqual({ kind: 'socket', path: '/run/desktop.sock' });
    expect(parseAddress('local', { DOCKER_CONFIG: folder, DOCKER_HOST: 'unix:///run/told.sock' })).toEqual({
      kind: 'socket',
      path: '/run/told.sock',
    });
    host('ssh://elsewhere');
    expect(local()).toMatchObject({ kind: 'socket' });
    writeFileSync(path.join(folder, 'config.json'), 'no JSON');
    expect(local()).toMatchObject({ kind: 'socket' });
    rmSync(folder, { recursive: true });
  });

  it('never smuggle an option or a second command into ssh', () => {
    const hostile = [
      '-oProxyCommand=x',
      'host -oProxyCommand=x',
      '-l@host',
      'a@-host',
      'host;id',
      'host/$(id)',
      'host/run/a b.sock',
      'host\nx',
      'host:99999',
      'host:0',
      'a b@host',
      '',
      '`id`',
    ];
    for (const each of hostile) expect(() => parseAddress(`ssh://${each}`), each).toThrow();
    for (const each of [
      'tcp://host/x',
      'tcp://',
      'tcp://a@b',
      'unix://',
      'unix://relative',
      'http://host',
      'docker',
      'LOCAL',
      'unix:///a\0b',
    ])
      expect(() => parseAddress(each), each).toThrow();
  });
});

describe('names of images', () => {
  const digest = `sha256:${'0'.repeat(64)}`;

  it('are taken apart', () => {
    expect(parseReference('busybox')).toEqual({ name: 'busybox', registry: 'docker.io' });
    expect(parseReference('ada/shop:1.0')).toEqual({ name: 'ada/shop', registry: 'docker.io', tag: '1.0' });
    expect(parseReference('localhost/x')).toEqual({ name: 'localhost/x', registry: 'localhost' });
    expect(parseReference(`r.example.test:5000/a/b_c:t@${digest}`)).toEqual({
      name: 'r.example.test:5000/a/b_c',
      registry: 'r.example.test:5000',
      tag: 't',
      digest,
    });
  });

  it('that are none are refused', () => {
    for (const each of ['', 'Ab', 'a b', '../x', 'a:', 'a@sha256:1', 'a?x=1', '-x', 'http://a/b', 'a//b', 'a:b:c', 'x'.repeat(700)])
      expect(() => parseReference(each), each).toThrow();
  });
});
