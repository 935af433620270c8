// A repository in which every kind of change meets: what the diff panel has to show, between `from` and the work tree.
import { chmodSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { createRepository, type Repository } from '../support/repositories/repository.ts';

export interface Planted {
  repository: Repository;
  from: string;
  /** Script in names, contents, messages and refs sets `window.pwned` when it runs. */
  hostileName: string;
}

const attack = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

export function planted(): Planted {
  const repository = createRepository();
  const hostileName = `names/"><img src=x onerror=pwned=1>'\`.ts`;
  const lines = (count: number, text: (line: number) => string) =>
    `${Array.from({ length: count }, (_, line) => text(line + 1)).join('\n')}\n`;
  repository.write(
    'src/cart.ts',
    lines(120, (line) => (line % 10 === 0 ? `export const item${line} = price(${line}); // comment` : `const value${line} = ${line};`)),
  );
  repository.write(
    'src/old-name.ts',
    lines(30, (line) => `export function step${line}() { return '${line}'; }`),
  );
  repository.write('src/gone.ts', 'export const gone = true;\n');
  repository.write('bin/run.sh', '#!/bin/sh\necho run\n');
  repository.write('assets/logo.png', png(24, 24, [200, 60, 40]));
  repository.write('assets/data.bin', Buffer.from([0, 1, 2, 3, 0, 255]));
  repository.write('conflict.txt', 'first\nmiddle\nlast\n');
  repository.write('text/windows.txt', 'one\r\ntwo\r\nthree\r\n');
  repository.write('text/no-end.txt', 'one\ntwo');
  repository.write('text/spaces.txt', 'alpha beta\ngamma\n');
  repository.write('text/trojan.js', "const level = 'user';\n");
  repository.write(
    'large.txt',
    lines(4000, (line) => `line ${line}`),
  );
  repository.write(hostileName, 'let a = 1;\n');
  repository.write('hostile.html', `<p>${attack}</p>\n`);
  const from = repository.commit('Plant everything');

  repository.git('checkout', '--quiet', '-b', 'theirs');
  repository.write('conflict.txt', 'first\ntheir middle\nlast\n');
  repository.commit('Their side');
  repository.git('checkout', '--quiet', 'main');
  repository.write('conflict.txt', 'first\nour middle\nlast\n');
  repository.write('hostile.html', `<p>${attack}</p>\n</script><script>window.pwned=1</script>\n`);
  repository.commit(`Fix ${attack}\n\nBody ${attack}\n`);
  repository.git('branch', '<img/src=x/onerror=pwned=1>');
  repository.tryGit(['merge', '--no-edit', 'theirs']);

  repository.write(
    'src/cart.ts',
    lines(120, (line) =>
      line === 20
        ? 'export const item20 = price(21); // comment'
        : line === 80
          ? ''
          : line % 10 === 0
            ? `export const item${line} = price(${line}); // comment`
            : `const value${line} = ${line};`,
    ),
  );
  repository.git('mv', 'src/old-name.ts', 'src/new-name.ts');
  repository.git('rm', '--quiet', 'src/gone.ts');
  chmodSync(repository.path('bin/run.sh'), 0o755);
  repository.write('assets/logo.png', png(24, 24, [40, 120, 180]));
  repository.write('assets/data.bin', Buffer.from([0, 1, 2, 4, 0, 255, 9]));
  repository.write('text/windows.txt', 'one\r\ntwo!\r\nthree\r\n');
  repository.write('text/no-end.txt', 'one\ntwo\nthree');
  repository.write('text/spaces.txt', 'alpha  beta\ngamma\n');
  repository.write('text/trojan.js', "const level = 'user\u202e \u2066// admin\u2069 \u2066';\n");
  repository.write(
    'large.txt',
    lines(4000, (line) => `LINE ${line}`),
  );
  repository.write(hostileName, `let a = "${attack}";\n`);
  repository.write('new/untracked.md', '# New\n\nNot added yet.\n');
  return { repository, from, hostileName };
}

/** A PNG of one colour with a darker frame. */
export function png(width: number, height: number, [red, green, blue]: [number, number, number]): Buffer {
  const rows: number[] = [];
  for (let y = 0; y < height; y++) {
    rows.push(0);
    for (let x = 0; x < width; x++) {
      const frame = x === 0 || y === 0 || x === width - 1 || y === height - 1;
      rows.push(frame ? red >> 1 : red, frame ? green >> 1 : green, frame ? blue >> 1 : blue);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.from(rows))), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function crc32(data: Buffer): number {
  let crc = -1;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ -1) >>> 0;
}
