import type { Beat, MonitorState } from '../../protocol/monitorTypes.ts';

/**
 * Beats of one monitor and one hour, packed: a few bytes each, appended to what is there. A beat is
 *
 *     3 bytes  milliseconds into the hour
 *     1 byte   state (3 bits) · ok (2 bits: none, false, true) · has a time (bit 5) · has a message (bit 6) · message as before (bit 7)
 *     2 bytes  the time it took, if it has one: logarithmic, within 0.03 %
 *     1 byte and that many bytes: the message in UTF-8, if it has one
 */

export const hourLength = 3_600_000;
export const dayLength = 86_400_000;
export const hourOf = (time: number): number => Math.floor(time / hourLength);
export const dayOf = (time: number): number => Math.floor(time / dayLength);

const states: readonly MonitorState[] = ['unknown', 'up', 'pending', 'down', 'paused', 'maintenance', 'unobserved'];
/** `u p d m o n` as lists show beats. */
const letters: Readonly<Record<MonitorState, string>> = {
  unknown: 'n',
  up: 'u',
  pending: 'p',
  down: 'd',
  paused: 'o',
  maintenance: 'm',
  unobserved: 'o',
};
const [hasTime, hasMessage, sameMessage] = [0x20, 0x40, 0x80];
const longestMessage = 200;
const timeScale = 3800;

export const letterOf = (state: MonitorState): string => letters[state];

/** `before` is the message of the beat before it in the same hour; undefined at its begin. */
export function packBeat(beat: Beat, before: string | null | undefined): Uint8Array {
  const offset = ((beat.time % hourLength) + hourLength) % hourLength;
  const same = beat.message !== null && beat.message === before;
  const message = beat.message === null || same ? undefined : cut(beat.message);
  const flags =
    states.indexOf(beat.state) |
    ((beat.ok === null ? 0 : beat.ok ? 2 : 1) << 3) |
    (beat.milliseconds === null ? 0 : hasTime) |
    (message === undefined ? 0 : hasMessage) |
    (same ? sameMessage : 0);
  const head = [offset & 0xff, (offset >> 8) & 0xff, (offset >> 16) & 0xff, flags];
  const took = beat.milliseconds === null ? [] : timeBytes(beat.milliseconds);
  return message === undefined
    ? Uint8Array.from([...head, ...took])
    : Buffer.concat([Buffer.from([...head, ...took, message.length]), message]);
}

/** In order of time. What cannot be read ends it. */
export function unpackBeats(hour: number, bytes: Uint8Array | null): Beat[] {
  const beats: Beat[] = [];
  if (bytes === null) return beats;
  const start = hour * hourLength;
  let before: string | null = null;
  let sorted = true;
  for (let at = 0; at + 4 <= bytes.length; ) {
    const time = start + (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8) + ((bytes[at + 2] ?? 0) << 16);
    const flags = bytes[at + 3] ?? 0;
    at += 4;
    let milliseconds: number | null = null;
    if ((flags & hasTime) !== 0) {
      milliseconds = timeIn(bytes, at);
      at += 2;
    }
    let message: string | null = null;
    if ((flags & hasMessage) !== 0) {
      const length = bytes[at] ?? 0;
      message = Buffer.from(bytes.buffer, bytes.byteOffset + at + 1, Math.min(length, Math.max(0, bytes.length - at - 1))).toString('utf8');
      at += 1 + length;
    } else if ((flags & sameMessage) !== 0) message = before;
    before = message;
    const answer = (flags >> 3) & 3;
    sorted &&= time >= (beats.at(-1)?.time ?? 0);
    beats.push({ time, state: states[flags & 7] ?? 'unknown', ok: answer === 0 ? null : answer === 2, milliseconds, message });
  }
  // A clock that was set back.
  return sorted ? beats : beats.sort((a, b) => a.time - b.time);
}

/** What the hour counts. */
export type Counts = {
  readonly up: number;
  readonly down: number;
  readonly pending: number;
  readonly maintenance: number;
};

export const countOf = ({ state }: Pick<Beat, 'state'>): keyof Counts | undefined =>
  state === 'up' || state === 'down' || state === 'pending' || state === 'maintenance' ? state : undefined;

function timeBytes(milliseconds: number): [number, number] {
  const code = Math.min(0xffff, Math.max(0, Math.round(Math.log(1 + milliseconds * 10) * timeScale)));
  return [code & 0xff, code >> 8];
}

function timeIn(bytes: Uint8Array, at: number): number {
  const code = (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8);
  const value = (Math.exp(code / timeScale) - 1) / 10;
  return value < 100 ? Math.round(value * 100) / 100 : Math.round(value * 10) / 10;
}

/** At most so many bytes, whole characters. */
function cut(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('\0', ''), 'utf8');
  if (bytes.length <= longestMessage) return bytes;
  let end = longestMessage;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
