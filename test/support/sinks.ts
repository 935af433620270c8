// What notifications are sent to: real servers on the loopback that answer as a test says, and remember what came.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import net from 'node:net';

/** How the next message is answered. `hang`: never. `die`: the connection breaks once all of it has come. */
export type Reply =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'hang'
  | 'die';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpSink {
  readonly address: string;
  readonly received: Received[];
  /** In order; when there are none left: 200. */
  readonly replies: Reply[];
  close(): Promise<void>;
}

export async function httpSink(): Promise<HttpSink> {
  const received: Received[] = [];
  const replies: Reply[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      const reply = replies.shift() ?? { status: 200, body: 'ok' };
      if (reply === 'die') request.socket.destroy();
      else if (reply !== 'hang') response.writeHead(reply.status, reply.headers).end(reply.body ?? '');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    received,
    replies,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface MailSink {
  readonly port: number;
  readonly received: { from: string; to: string[]; text: string; password: string | undefined }[];
  /** Answers to the end of the text, in order; when there are none left it is taken. `die`: the connection breaks. */
  readonly replies: (string | 'die')[];
  close(): Promise<void>;
}

/** As much of SMTP as a message needs. Takes any password. */
export async function mailSink(): Promise<MailSink> {
  const received: MailSink['received'] = [];
  const replies: MailSink['replies'] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    socket.setEncoding('utf8');
    let [from, password, text] = ['', undefined as string | undefined, undefined as string | undefined];
    let to: string[] = [];
    let kept = '';
    const say = (line: string) => void socket.write(`${line}\r\n`);
    const command = (line: string) => {
      const word = line.slice(0, 4).toUpperCase();
      if (word === 'EHLO') say('250-sink\r\n250 AUTH PLAIN');
      else if (word === 'AUTH') {
        password = Buffer.from(line.split(' ')[2] ?? '', 'base64')
          .toString('utf8')
          .split('\0')[2];
        say('235 welcome');
      } else if (word === 'MAIL') {
        from = line;
        say('250 ok');
      } else if (word === 'RCPT') {
        to.push(line);
        say('250 ok');
      } else if (word === 'DATA') {
        text = '';
        say('354 go on');
      } else if (word === 'QUIT') socket.end('221 bye\r\n');
      else say('250 ok');
    };
    const read = (line: string) => {
      if (text === undefined) return command(line);
      if (line !== '.') {
        text += `${line}\n`;
        return;
      }
      received.push({ from, to, text, password });
      [text, to] = [undefined, []];
      const reply = replies.shift() ?? '250 taken';
      if (reply === 'die') socket.destroy();
      else say(reply);
    };
    socket.on('data', (chunk: string) => {
      kept += chunk;
      for (let end = kept.indexOf('\r\n'); end !== -1; end = kept.indexOf('\r\n')) {
        const line = kept.slice(0, end);
        kept = kept.slice(end + 2);
        read(line);
      }
    });
    say('220 sink');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    received,
    replies,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
