// A tiny DNS server on the loopback: answers what a test tells it to.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const types = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33, CAA: 257 } as const;
export type RecordType = keyof typeof types;

/** `silent`: no answer. A number: that error (2 server failure, 3 no such name, 5 refused). A list: the data of records, see `data`. */
export type DnsAnswer = 'silent' | number | readonly Buffer[];

export class TestDnsServer {
  readonly #socket: Socket;
  readonly #answer: (name: string, type: RecordType | undefined) => DnsAnswer;
  readonly asked: string[] = [];

  private constructor(socket: Socket, answer: (name: string, type: RecordType | undefined) => DnsAnswer) {
    this.#socket = socket;
    this.#answer = answer;
    socket.on('message', (question, { port, address }) => {
      const reply = this.#reply(question);
      if (reply !== undefined) socket.send(reply, port, address);
    });
  }

  static async start(
    answer: (name: string, type: RecordType | undefined) => DnsAnswer,
    address = '127.0.0.1',
    port = 0,
  ): Promise<TestDnsServer> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.bind(port, address);
    await once(socket, 'listening');
    return new TestDnsServer(socket, answer);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): void {
    this.#socket.close();
  }

  #reply(question: Buffer): Buffer | undefined {
    const labels: string[] = [];
    let at = 12;
    for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const number = question.readUInt16BE(at + 1);
    const type = (Object.keys(types) as RecordType[]).find((each) => types[each] === number);
    const name = labels.join('.');
    this.asked.push(`${name} ${type}`);
    const answer = this.#answer(name.toLowerCase(), type);
    if (answer === 'silent') return undefined;
    const records = typeof answer === 'number' ? [] : answer;
    const header = Buffer.alloc(12);
    question.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | (typeof answer === 'number' ? answer : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    return Buffer.concat([header, question.subarray(12, at + 5), ...records.map((record) => withHead(number, record))]);
  }
}

/** Name (a pointer to the question), type, class, time to live and length in front of the data. */
function withHead(type: number, record: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(record.length, 10);
  return Buffer.concat([head, record]);
}

function nameData(name: string): Buffer {
  return Buffer.concat([...name.split('.').map((label) => textData(label)), Buffer.from([0])]);
}

function textData(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
}

function numbers(...values: readonly number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 255])));
}

/** The data of records as they go over the wire. */
export const data = {
  address: (address: string) => Buffer.from(address.split('.').map(Number)),
  address6: (last: number) => Buffer.concat([Buffer.from('20010db8000000000000000000', 'hex'), Buffer.from([0, 0, last])]),
  name: nameData,
  mail: (priority: number, name: string) => Buffer.concat([numbers(priority), nameData(name)]),
  text: (...pieces: readonly string[]) => Buffer.concat(pieces.map(textData)),
  service: (priority: number, weight: number, port: number, name: string) =>
    Buffer.concat([numbers(priority, weight, port), nameData(name)]),
  authority: (server: string, mail: string, serial: number) =>
    Buffer.concat([nameData(server), nameData(mail), numbers(0, serial, 0, 2, 0, 3, 0, 4, 0, 5)]),
  issuer: (tag: string, value: string) => Buffer.concat([Buffer.from([0]), textData(tag), Buffer.from(value)]),
};
