import type { DeliveryOutcome } from '@duban/database';
import { type SendMailOptions, createTransport } from 'nodemailer';

export interface MailServer {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  url: string;
  from: string;
  timeoutMs?: number;
}

export type Mailer = (mail: Omit<SendMailOptions, 'from'>) => Promise<DeliveryOutcome>;

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

/** Sends by SMTP, and says what became of it; never throws. */
export function createMailer({ url, from, timeoutMs = 10_000 }: MailServer): Mailer {
  const limits = { connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs };
  const transport = createTransport({ url, ...limits });
  return async (mail) => {
    try {
      const { response } = await transport.sendMail({ from, ...mail });
      return { state: 'sent', id: response.slice(0, 200) };
    } catch (error) {
      return outcomeOf(error as SmtpError);
    }
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
