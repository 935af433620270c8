import { promises as fs } from 'node:fs';
import path from 'node:path';
import { type AuthorityCertificate, exportCertificate, show } from '../protocol/authority.ts';
import { Failure } from '../rpc/failure.ts';
import type { Command, CommandContext } from './command.ts';
import { oneLine } from './text.ts';
import { noArguments, UsageFailure } from './usage.ts';

const showCommand: Command = {
  domain: 'ca',
  verb: 'show',
  usage: 'hearth ca show',
  purpose:
    'Show the local certificate authority of this machine (`routing: { kind: traefik, tls: local }`). Exit code 1 when there is none.',
  examples: ['hearth ca show', 'hearth ca show --json | jq -r .certificate'],
  options: {},
  run: async (context) => {
    noArguments(context);
    const { authority } = await context.send(show, {});
    if (context.json) await context.output.json(authority);
    else if (authority === null) {
      context.output.error('There is none yet: the first route that needs it makes one, or `hearth ca export`.');
    } else await print(context, authority);
    return authority === null ? 1 : 0;
  },
};

const exportCommand: Command = {
  domain: 'ca',
  verb: 'export',
  usage: 'hearth ca export [FILE]',
  purpose:
    'Write the certificate of the local authority, to trust it where browsers run. It is made when there is none; its key stays here.',
  examples: ['hearth ca export hearth-ca.crt', 'hearth ca export | ssh laptop "cat > hearth-ca.crt"'],
  options: {},
  run: async (context) => {
    const [file, ...more] = context.args;
    if (more.length > 0) throw new UsageFailure('One file at a time.');
    const { authority, made } = await context.send(exportCertificate, {});
    const { output } = context;
    if (file === undefined) {
      if (context.json) await output.json({ ...authority, made });
      else await output.write(authority.certificate);
      return 0;
    }
    await writeNew(path.resolve(context.cwd, file), authority.certificate);
    if (context.json) return output.json({ ...authority, made, file: path.resolve(context.cwd, file) }).then(() => 0);
    await print(context, authority);
    output.error(`Whoever trusts it trusts every certificate that this machine makes. To trust ${oneLine(file)}:`);
    output.error('  Debian, Ubuntu   copy it to /usr/local/share/ca-certificates/ (name.crt), then: sudo update-ca-certificates');
    output.error('  Fedora           copy it to /etc/pki/ca-trust/source/anchors/, then: sudo update-ca-trust');
    output.error('  macOS            sudo security add-trusted-cert -d -k /Library/Keychains/System.keychain FILE');
    output.error('  Windows          certutil -addstore -user Root FILE');
    output.error('  Firefox          Settings, Certificates, Authorities, Import');
    return 0;
  },
};

async function print({ output }: CommandContext, { name, fingerprint, expires }: AuthorityCertificate): Promise<void> {
  await output.line(output.style('bold', oneLine(name)));
  await output.line(`SHA-256  ${fingerprint}`);
  await output.line(`expires  ${new Date(expires).toISOString().slice(0, 10)}`);
}

async function writeNew(place: string, text: string): Promise<void> {
  try {
    await fs.writeFile(place, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Failure('conflict', `${path.basename(place)} exists already; nothing was written.`, { hint: 'Name another file.' });
  }
}

/** `hearth ca …`: the local certificate authority. */
export const caCommands: readonly Command[] = [showCommand, exportCommand];
