import { createHash } from 'node:crypto';
import type { Channel } from '@duban/activities';
import { type MailServer, createMailer } from './mailer';

/** A Message-ID made from what is sent, so a mail system may know a repetition, and we our own mail. */
export function messageIdOf(key: string): string {
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@duban>`;
}

/**
 * Notices by e-mail. What goes to a customer asks for its answers at an address of the ticket's own (`replyTo`), and
 * says that a machine wrote it, unless it carries an agent's reply.
 */
export function createEmailChannel(server: MailServer & { replyTo?: (ticket: string) => string }): Channel {
  const send = createMailer(server);
  return {
    name: 'email',
    send({ address, title, text, key, ticket, template, recipient }) {
      const answered = recipient === 'customer' ? server.replyTo?.(ticket) : undefined;
      const automatic = template !== 'reply-sent';
      return send({
        ...{ to: address, subject: title, text, messageId: messageIdOf(key) },
        ...(answered ? { replyTo: answered } : {}),
        ...(automatic ? { headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' } } : {}),
      });
    },
  };
}
