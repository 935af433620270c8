// What a project is called, and when two addresses are the same remote.
import { describe, expect, it } from 'vitest';
import { asLabel, defaultName, freeName } from '../../../server/project/projectName.ts';
import { normalisedRemote } from '../../../server/project/remoteAddress.ts';
import { ensure } from '../../../server/protocol/project.ts';

describe('the address of a remote', () => {
  const same = (expected: string | undefined, ...addresses: string[]) => {
    for (const address of addresses) expect(normalisedRemote(address, '/home/ada/shop'), address).toBe(expected);
  };

  it('is the same with any protocol, user, port, suffix and case of the host', () => {
    same(
      'github.com/hearth-dev/Hearth',
      'https://github.com/hearth-dev/Hearth',
      'https://github.com/hearth-dev/Hearth.git',
      'https://ada:secret@GitHub.com:443/hearth-dev/Hearth.git/',
      'http://github.com//hearth-dev/Hearth/',
      'ssh://git@github.com:22/hearth-dev/Hearth.git',
      'ssh://git@github.com/hearth-dev/Hearth',
      'git+ssh://git@github.com/hearth-dev/Hearth',
      'git://github.com/hearth-dev/Hearth.git',
      'git@github.com:hearth-dev/Hearth.git',
      'github.com:hearth-dev/Hearth',
      'git@github.com:/hearth-dev/Hearth.git',
      'https://github.com/hearth-dev/Hearth.git?token=abc#x',
      'ext::https://github.com/hearth-dev/Hearth',
    );
  });

  it('tells hosts, paths and the case of paths apart', () => {
    const addresses = ['https://a.test/x/y', 'https://b.test/x/y', 'https://a.test/x/Y', 'https://a.test/x', 'https://a.test/x/y.github'];
    expect(new Set(addresses.map((each) => normalisedRemote(each, '/'))).size).toBe(addresses.length);
  });

  it('reads addresses of IPv6 hosts', () => {
    same('[2001:db8::1]/srv/shop', 'ssh://git@[2001:DB8::1]:2222/srv/shop.git', 'git@[2001:db8::1]:srv/shop.git');
  });

  it('takes what has no host for a folder', () => {
    same('/srv/git/shop', '/srv/git/shop.git', '/srv/git/shop/', 'file:///srv/git/shop.git', '/srv/git/shop/.git');
    same('/home/ada/other', '../other', '../other.git');
    same(undefined, '', '  ');
  });
});

describe('the name of a project', () => {
  it('is the folder of the repository', () => {
    expect(defaultName('/home/ada/shop/.git')).toBe('shop');
    expect(defaultName('/srv/git/shop.git')).toBe('shop');
    expect(defaultName('/home/ada/super/.git/modules/part')).toBe('part');
  });

  it('is a DNS label whatever the folder is called', () => {
    const cases: Record<string, string> = {
      'My Shop!': 'my-shop',
      Épicerie_Nº2: 'epicerie-no2',
      '2024 site': 'p-2024-site',
      日本: 'project',
      '--': 'project',
      'a-very-long-name-of-a-folder--that-goes-on': 'a-very-long-name-of-a-folder-t',
      'twenty-nine-letters-and-a-gap-x': 'twenty-nine-letters-and-a-gap',
    };
    for (const [folder, label] of Object.entries(cases)) {
      expect(asLabel(folder), folder).toBe(label);
      expect(ensure.params.safeParse({ repository: '/x', name: asLabel(folder) }).success, label).toBe(true);
    }
  });

  it('gets a number when another project has it', () => {
    const taken = new Set(['shop', 'shop-2', 'a'.repeat(30)]);
    const has = (name: string) => taken.has(name);
    expect(freeName('cart', has)).toBe('cart');
    expect(freeName('shop', has)).toBe('shop-3');
    expect(freeName('a'.repeat(30), has)).toBe(`${'a'.repeat(28)}-2`);
  });
});
