// Notes that several clients write through the hub, and the check that every acknowledged one is in the log once, where its answer said.
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { HubClient } from '../../../server/hub/client.ts';
import type { HubLink } from '../../../server/hub/link.ts';
import * as events from '../../../server/protocol/events.ts';
import type { ParamsOf, RequestDefinition, ResultOf } from '../../../server/protocol/message.ts';
import { Session } from '../../../server/rpc/session.ts';
import type { HubHome } from '../../support/hub.ts';
import type { TestServer } from '../../support/server.ts';
import { survived } from './tally.ts';

/** Writes one note; rejects when nobody knows what became of it. Answers its sequence. */
export type Writer = (text: string) => Promise<number>;

export const hubProgram = path.resolve(import.meta.dirname, '../../../dist/server.js');
/** For a link that starts no hub: one that it began to start while the test's own was slow could be there before the test's next one. */
export const noHub = path.join(import.meta.dirname, 'noHub.cjs');

export function windowWriter(window: TestServer): Writer {
  return async (text) => (await window.send(events.note, { text })).event.sequence;
}

/** `hearth rpc`: a process for each note. */
export function cliWriter(home: HubHome, env: Record<string, string> = {}): Writer {
  return async (text) => {
    const { code, stdout, stderr } = await home.cli(['rpc', events.note.method, JSON.stringify({ text })], env);
    if (code !== 0) throw new Error(stderr.trim());
    return (JSON.parse(stdout) as ResultOf<typeof events.note>).event.sequence;
  };
}

/** The link of a window's server, in this process. */
export class LinkClient {
  readonly #link: HubLink;
  readonly #session = new Session(true, 'window');

  constructor(home: string, program = hubProgram) {
    this.#link = new HubClient({ home, client: 'test', session: this.#session, log: () => {}, notify: () => {}, program });
  }

  async ask<D extends RequestDefinition>(definition: D, params: ParamsOf<D>, key?: string): Promise<ResultOf<D>> {
    const answer = await this.#link.call(definition, params, {
      signal: new AbortController().signal,
      session: this.#session,
      log: () => {},
      correlationId: 'faults',
      key,
      confirmed: false,
      streaming: false,
      emit: () => {},
      progress: () => {},
      happened: () => {},
    });
    return answer as ResultOf<D>;
  }

  readonly write: Writer = async (text) => (await this.ask(events.note, { text })).event.sequence;

  dispose(): void {
    this.#link.dispose();
  }
}

export class Notes {
  /** Sequence of those that were acknowledged. */
  readonly #asked = new Map<string, number | undefined>();
  #running = true;
  readonly #loops: Promise<void>[] = [];
  #problems: string[] = [];

  get acknowledged(): number {
    return [...this.#asked.values()].filter((sequence) => sequence !== undefined).length;
  }

  async write(writer: Writer, text: string): Promise<void> {
    this.#asked.set(text, undefined);
    this.#asked.set(text, await writer(text));
  }

  /** Writes one after the other until `stop`. What is refused goes to `unexpected` of `check`. */
  keepWriting(name: string, writer: Writer): void {
    const loop = async () => {
      for (let count = 0; this.#running; count++) {
        try {
          await this.write(writer, `${name} ${count}`);
        } catch (error) {
          this.#problems.push(`${name} ${count} was refused: ${(error as Error).message}`);
          await wait(50);
        }
      }
    };
    this.#loops.push(loop());
  }

  /** A test that failed must not go on writing. */
  dispose(): void {
    this.#running = false;
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#loops);
  }

  /** What is wrong with the log of the home. */
  async check(home: HubHome): Promise<string[]> {
    const problems = [...this.#problems];
    const client = new LinkClient(home.path);
    try {
      const verified = await client.ask(events.verify, {});
      problems.push(...verified.problems.map(({ problem }) => problem));
      const found = new Map<string, number[]>();
      for (let after = 0; ; ) {
        const page = await client.ask(events.list, { after, limit: 1000, sealed: true });
        for (const { sequence, kind, entity, payload } of page.events) {
          after = Math.max(after, sequence);
          const text = payload['text'];
          if (entity === 'note' || kind === 'note') found.set(String(text), [...(found.get(String(text)) ?? []), sequence]);
        }
        if (!page.more) break;
      }
      for (const [text, sequence] of this.#asked) {
        const places = found.get(text) ?? [];
        if (places.length > 1) problems.push(`“${text}” is there ${places.length} times`);
        if (sequence !== undefined && places[0] !== sequence)
          problems.push(`“${text}” was acknowledged at ${sequence} and is at ${places[0]}`);
      }
      for (const text of found.keys()) if (!this.#asked.has(text)) problems.push(`“${text}” was never asked for`);
      if (this.acknowledged > 0 && found.size === 0) problems.push('no note was found at all');
    } finally {
      client.dispose();
    }
    if (problems.length === 0) survived('notes', this.acknowledged);
    return problems;
  }
}
