/** Bytes of a line; none of ours is nearly as long, and what is no text at all may have none that ends. */
const longest = 64 * 1024 * 1024;

/** Lines of a stream of UTF-8, without their line feeds, as they come. A last line without one is given too. Throws `endless` on one without end. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, endless = () => new Error('a line has no end')): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let waiting = 0;
  for await (const chunk of chunks) {
    let bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      yield Buffer.concat([...rest, bytes.subarray(0, end)]).toString('utf8');
      rest = [];
      waiting = 0;
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > 0) rest.push(bytes);
    waiting += bytes.length;
    if (waiting > longest) throw endless();
  }
  if (rest.length > 0) yield Buffer.concat(rest).toString('utf8');
}
