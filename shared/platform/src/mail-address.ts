import { createHmac, timingSafeEqual } from 'node:crypto';

/** 80 bits, as hex: the address stays within the 64 characters of a local part, in lower case. */
const MAC_LENGTH = 20;

function macOf(secret: string, reference: string): string {
  return createHmac('sha256', secret).update(`duban.mail:${reference}`).digest('hex').slice(0, MAC_LENGTH);
}

/**
 * The address that answers to a mail come back to: `service+<reference>.<mac>@…`, where `reference` is a ticket's
 * number or a conversation's id (G1). `mailbox` is the centre's own address.
 */
export function replyAddress(secret: string, mailbox: string, reference: string): string {
  const at = mailbox.lastIndexOf('@');
  const lower = reference.toLowerCase();
  return `${mailbox.slice(0, at)}+${lower}.${macOf(secret, lower)}${mailbox.slice(at)}`;
}

export type ReplyToken = { token: 'none' } | { token: 'forged' } | { token: 'good'; reference: string };

/** What the recipients of a mail say it answers to: nothing, something that we never wrote, or a reference of ours. */
export function readReplyToken(secret: string, mailbox: string, recipients: readonly string[]): ReplyToken {
  const at = mailbox.lastIndexOf('@');
  const [name, domain] = [mailbox.slice(0, at).toLowerCase(), mailbox.slice(at).toLowerCase()];
  let found: ReplyToken = { token: 'none' };
  for (const recipient of recipients.map((address) => address.trim().toLowerCase())) {
    if (!recipient.startsWith(`${name}+`) || !recipient.endsWith(domain)) continue;
    const [, reference, mac] = /^([a-z0-9]{8,40})\.([0-9a-f]{20})$/.exec(
      recipient.slice(name.length + 1, recipient.length - domain.length),
    ) ?? [undefined, '', ''];
    if (reference && timingSafeEqual(Buffer.from(macOf(secret, reference)), Buffer.from(mac!)))
      return { token: 'good', reference };
    found = { token: 'forged' };
  }
  return found;
}
