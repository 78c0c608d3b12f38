import { createHash } from 'node:crypto';
import type { Channel } from '@duban/activities';
import type { DeliveryOutcome } from '@duban/database';
import { createTransport } from 'nodemailer';

export interface MailServer {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  url: string;
  from: string;
  timeoutMs?: number;
}

/** What nodemailer's errors carry beside the message. */
interface SmtpError {
  code?: string;
  command?: string;
  responseCode?: number;
  syscall?: string;
  timeoutType?: string;
}

/** Replies that blame our account, not the message: an administrator can mend that. */
const ourFault: ReadonlySet<number> = new Set([503, 530, 534, 535]);
const setUp: ReadonlySet<string> = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT']);

/** E-mail by SMTP. The Message-ID is made from the delivery's key, so a mail system may know a repetition. */
export function createEmailChannel({ url, from, timeoutMs = 10_000 }: MailServer): Channel {
  const limits = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  const transport = createTransport({ url, ...limits });
  return {
    name: 'email',
    async send({ address, title, text, key }) {
      const digest = createHash('sha256').update(key).digest('hex').slice(0, 40);
      const messageId = `<${digest}@duban>`;
      try {
        const { response } = await transport.sendMail({ from, to: address, subject: title, text, messageId });
        return { state: 'sent', id: response.slice(0, 200) };
      } catch (error) {
        return outcomeOf(error as SmtpError);
      }
    },
  };
}

/**
 * A server's reply is definite, and so is a connection that never stood. One that broke later may have broken behind
 * the message: nodemailer cannot tell, so nobody claims to know.
 */
function outcomeOf(error: SmtpError): DeliveryOutcome {
  const reason = [error.code, error.command, error.responseCode].filter(Boolean).join(' ');
  if (error.responseCode) {
    const final = error.responseCode >= 500 && !ourFault.has(error.responseCode) && error.code !== 'EAUTH';
    return { state: final ? 'failed' : 'retry', reason };
  }
  if (error.command === 'API') return { state: 'failed', reason };
  const neverStood =
    error.code === 'EDNS' ||
    error.code === 'ETLS' ||
    error.syscall === 'connect' ||
    (error.timeoutType !== undefined && setUp.has(error.timeoutType));
  return { state: neverStood ? 'retry' : 'unknown', reason };
}
