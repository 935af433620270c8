import path from 'node:path';
import { dockerHost, type EngineAddress } from './address.ts';
import { runProgram } from './program.ts';
import { certificateFolder } from './transport.ts';

/** Whether `docker buildx` is installed here: it builds with every engine that this works with, on Linux. */
export async function hasBuildx(): Promise<boolean> {
  const { exitCode } = await runProgram('docker', ['buildx', 'version'], { timeout: 10_000 });
  return exitCode === 0;
}

/** Arguments before the sub-command of `docker` that make it talk to this engine and to no other. */
export function dockerArguments(address: EngineAddress, home: string): string[] {
  const folder = address.kind === 'tcp' ? certificateFolder(address, home) : undefined;
  const file = (name: string) => path.join(folder ?? '', name);
  const tls =
    folder === undefined ? [] : ['--tlsverify', '--tlscacert', file('ca.pem'), '--tlscert', file('cert.pem'), '--tlskey', file('key.pem')];
  return ['--host', dockerHost(address), ...tls];
}
