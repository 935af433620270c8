import type { X509Certificate } from 'node:crypto';
import * as protocol from '../../protocol/authority.ts';
import { handle, type Registration } from '../../rpc/router.ts';
import { authorOf } from '../../store/author.ts';
import type { StateStore } from '../../store/types.ts';
import { Authority, endOf } from './authority.ts';

/** What the hub answers of the local certificate authority. */
export function authorityHandlers({ home, store }: { readonly home: string; readonly store: StateStore }): Registration[] {
  const authority = new Authority(home);
  return [
    handle(protocol.show, async () => {
      const certificate = authority.read();
      return { authority: certificate === undefined ? null : describe(certificate) };
    }),
    handle(protocol.exportCertificate, async (_, context) => {
      const { certificate, made } = await authority.ensure();
      const described = describe(certificate);
      if (made) {
        await store.write(authorOf(context), (transaction) =>
          transaction.event({
            entity: 'authority',
            entityId: described.fingerprint,
            kind: 'made',
            payload: { expires: described.expires },
          }),
        );
      }
      return { authority: described, made };
    }),
  ];
}

function describe(certificate: X509Certificate): protocol.AuthorityCertificate {
  return {
    name: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? certificate.subject,
    fingerprint: certificate.fingerprint256,
    created: Date.parse(certificate.validFrom),
    expires: endOf(certificate),
    certificate: certificate.toString(),
  };
}
