import { textOf } from '../payload.ts';
import type { Answer, Sender } from './types.ts';

/** Milliseconds: to connect, to be greeted, and without a word. */
const limits = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 15_000 };

/** What nodemailer rejects with. */
interface MailError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** Plain text. Its Message-ID is the key, so that mail servers and programs know it when it comes twice. */
export const email: Sender = {
  idempotent: true,
  send: async ({ channel, secret, letter, key, signal }) => {
    const { smtp, target } = channel;
    if (smtp === undefined || target.length === 0)
      return { kind: 'refused', permanent: false, answer: 'It has no `smtp` or no recipients.' };
    const { loadMail } = await import('../../heavy.ts');
    const mail = await loadMail();
    const transport = mail.createTransport({
      ...{ host: smtp.host, port: smtp.port, ...limits, disableFileAccess: true, disableUrlAccess: true },
      ...{ secure: smtp.tls === 'implicit', requireTLS: smtp.tls === 'starttls', ignoreTLS: smtp.tls === 'none' },
      ...(smtp.user === undefined ? {} : { auth: { user: smtp.user, pass: secret ?? '' } }),
    });
    const stop = () => transport.close();
    signal.addEventListener('abort', stop);
    try {
      const domain = /@([\w.-]+)>?$/.exec(smtp.from)?.[1] ?? 'hearth.invalid';
      const incident = letter.payloads[0]?.incident;
      const { response, rejected } = await transport.sendMail({
        ...{ from: smtp.from, to: [...target], subject: textOf([letter.title], 200) },
        text: `${[letter.title, '', ...letter.lines, ...(letter.url === null ? [] : ['', letter.url])].join('\n')}\n`,
        messageId: `<${key}@${domain}>`,
        headers: {
          'auto-submitted': 'auto-generated',
          ...(incident === null || incident === undefined ? {} : { 'x-hearth-incident': incident }),
        },
      });
      const left = rejected.length === 0 ? '' : ` (not to ${rejected.map(String).join(', ')})`;
      return { kind: 'accepted', answer: `${response}${left}` };
    } catch (error) {
      return refusalOf(error as MailError);
    } finally {
      signal.removeEventListener('abort', stop);
      transport.close();
    }
  },
};

/** A number from 500 is a no for ever, but for the password: somebody will set another one. Only at the end of the text it may have been taken. */
function refusalOf({ message, code, responseCode, command }: MailError): Answer {
  const answer = message.replace(/\s+/g, ' ').slice(0, 300);
  if (responseCode === undefined && command === 'DATA' && code !== 'EENVELOPE') return { kind: 'unknown', answer };
  return { kind: 'refused', answer, permanent: responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH' };
}
