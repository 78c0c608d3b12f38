import { maskEmail, maskPhone } from '@duban/contracts';

/** Names of fields that hold an address of a person, wherever they stand in a bundle. */
const PHONES: ReadonlySet<string> = new Set(['phone', 'callback', 'caller', 'callee', 'recipientPhone']);
const EMAILS: ReadonlySet<string> = new Set(['email', 'from', 'to', 'recipientEmail']);
/** What tickets are found by holds the telephone number, too; a mail's own id its sender's host. */
const DROPPED: ReadonlySet<string> = new Set(['search', 'mailId']);

/** The same value with every telephone number and e-mail address masked, however deep (P4). */
export function maskDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      if (DROPPED.has(name)) return [];
      if (typeof inner !== 'string') return [[name, maskDeep(inner)]];
      // Of a message: an e-mail or a number.
      if (name === 'address') return [[name, inner.includes('@') ? maskEmail(inner) : maskPhone(inner)]];
      if (PHONES.has(name)) return [[name, maskPhone(inner)]];
      return [[name, EMAILS.has(name) && inner.includes('@') ? maskEmail(inner) : inner]];
    }),
  );
}
