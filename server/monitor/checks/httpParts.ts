export interface HttpRequest {
  readonly method: string;
  /** By lower-case name; `host` is among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  readonly version: '1.1' | '2' | undefined;
  readonly family: 4 | 6 | undefined;
  /** Accept a certificate that nobody trusts. */
  readonly insecure: boolean;
  /** Whether the body of an answer with this status and these headers is wanted. */
  wantsBody(status: number, headers: Readonly<Record<string, string>>): boolean;
}

export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly version: '1.1' | '2';
  /** At most 1 MB of it; `more`: there was more. */
  readonly body: Buffer;
  readonly more: boolean;
}

/** Of an answer no more is read: a body without end must not fill the memory. */
export const longestBody = 1024 * 1024;

/** The body of a stream, until its end or the limit. Errors of the stream are of who called. */
export function collect(stream: NodeJS.ReadableStream, done: (body: Buffer, more: boolean) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  let ended = false;
  const finish = (more: boolean) => {
    if (ended) return;
    ended = true;
    done(Buffer.concat(chunks).subarray(0, longestBody), more);
  };
  stream.on('data', (chunk: Buffer) => {
    if (ended) return;
    chunks.push(chunk);
    length += chunk.length;
    if (length > longestBody) finish(true);
  });
  stream.on('end', () => finish(false));
}

export function plainHeaders(headers: Readonly<Record<string, string | number | readonly string[] | undefined>>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !name.startsWith(':')) plain[name] = Array.isArray(value) ? value.join(', ') : String(value);
  }
  return plain;
}
