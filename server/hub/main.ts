/** `server.js hub [--serve]`. */
export async function main(_args: readonly string[]): Promise<void> {
  process.exitCode = 1;
}
