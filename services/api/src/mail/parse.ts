import { createHash } from 'node:crypto';
import { type AddressObject, type HeaderLines, simpleParser } from 'mailparser';

/** A mail as far as a desk reads it: text only, whatever it was written in. */
export interface ReadMail {
  /** SHA-256 of its Message-ID, or of the whole mail. */
  digest: string;
  mailId: string | null;
  from: { address: string; name: string | null } | null;
  /** Every address it was sent to, by its envelope and its headers. */
  recipients: string[];
  subject: string;
  text: string;
  /** Written by a machine: an auto-reply, a bounce, a list. */
  automatic: boolean;
  /** It tells that a mail of ours did not arrive: it has no return path. */
  bounce: boolean;
  attachments: MailAttachment[];
}

/** A file that came with a mail; without content where its provider kept it. */
export interface MailAttachment {
  name: string;
  type: string;
  sizeBytes: number;
  content?: Buffer;
}

/** A mail that its provider has read already. */
export interface GivenMail {
  from: string;
  fromName?: string | undefined;
  subject: string;
  text: string;
  messageId?: string | undefined;
  headers: Record<string, string>;
  attachments: Array<{ name: string; type: string; sizeBytes: number }>;
}

export interface Envelope {
  /** The return path; empty for a bounce, absent where the provider does not say. */
  from?: string | undefined;
  to: string[];
}

/** As long as a ticket's content may be. */
const TEXT_LENGTH = 8000;
const SUBJECT_LENGTH = 200;
const NAME_LENGTH = 100;
const PARSING = { skipImageLinks: true, skipTextToHtml: true, maxHtmlLengthToParse: 1_000_000 };
const MAX_ATTACHMENTS = 50;

/** Reads a raw RFC 822 message. HTML becomes text and is never kept. */
export async function readRawMail(raw: Buffer, envelope: Envelope): Promise<ReadMail> {
  const mail = await simpleParser(raw, PARSING);
  const [from] = mail.from?.value ?? [];
  const headers = lastOfEach(mail.headerLines);
  const mailId = mail.messageId?.trim() || null;
  return {
    digest: digestOf(mailId ?? raw),
    mailId,
    from: from?.address ? { address: from.address.toLowerCase(), name: cut(from.name, NAME_LENGTH) || null } : null,
    recipients: [...envelope.to, ...addressesIn(mail.to), ...addressesIn(mail.cc)],
    subject: cut(mail.subject ?? '', SUBJECT_LENGTH),
    text: cut(mail.text || (await textOf(mail.html || '')), TEXT_LENGTH),
    automatic: isAutomatic(headers, envelope.from),
    bounce: isBounce(headers, envelope.from),
    attachments: mail.attachments.slice(0, MAX_ATTACHMENTS).map(({ filename, contentType, size, content }) => ({
      ...{ name: fileName(filename), type: cut(contentType, 100), sizeBytes: size, content },
    })),
  };
}

/** HTML beside files, without a text of its own: mailparser makes a text only of a mail that is nothing but HTML. */
async function textOf(html: string): Promise<string> {
  if (!html) return '';
  const head = 'Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n';
  return (await simpleParser(head + Buffer.from(html).toString('base64'), PARSING)).text ?? '';
}

/** The same of a mail that came as fields. */
export function readGivenMail(given: GivenMail, envelope: Envelope): ReadMail {
  const mailId = given.messageId?.trim() || null;
  const headers = new Map(Object.entries(given.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    digest: digestOf(mailId ?? Buffer.from(JSON.stringify([given, envelope]))),
    mailId,
    from: { address: given.from.toLowerCase(), name: given.fromName?.slice(0, NAME_LENGTH) ?? null },
    recipients: envelope.to,
    subject: cut(given.subject, SUBJECT_LENGTH),
    text: cut(given.text, TEXT_LENGTH),
    automatic: isAutomatic(headers, envelope.from),
    bounce: isBounce(headers, envelope.from),
    attachments: given.attachments,
  };
}

/** As uploads are named: without controls and separators. */
const fileName = (name: string | undefined) =>
  cut((name ?? '').normalize('NFC').replace(/[\p{Cc}\p{Cf}/\\]/gu, '_'), 200) || 'unnamed';
const digestOf = (of: string | Buffer) => createHash('sha256').update(of).digest('hex');

/** A NUL is no text to PostgreSQL. */
function cut(text: string, length: number): string {
  const clean = text.replaceAll('\0', '').trim();
  return clean.length > length ? `${clean.slice(0, length - 1)}…` : clean;
}

function addressesIn(field: AddressObject | AddressObject[] | undefined): string[] {
  const fields = field === undefined ? [] : Array.isArray(field) ? field : [field];
  return fields
    .flatMap(({ value }) => value)
    .flatMap((entry) => [entry, ...(entry.group ?? [])])
    .flatMap(({ address }) => (address ? [address] : []));
}

function lastOfEach(lines: HeaderLines): Map<string, string> {
  return new Map(lines.map(({ key, line }) => [key.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
}

function isBounce(headers: ReadonlyMap<string, string>, returnPath: string | undefined): boolean {
  return returnPath === '' || headers.get('return-path') === '<>';
}

/** RFC 3834 and what came before it; a bounce has no return path. */
function isAutomatic(headers: ReadonlyMap<string, string>, returnPath: string | undefined): boolean {
  const is = (name: string, pattern: RegExp) => pattern.test(headers.get(name) ?? '');
  return (
    isBounce(headers, returnPath) ||
    (headers.has('auto-submitted') && !is('auto-submitted', /^no\b/i)) ||
    is('precedence', /^(bulk|junk|list|auto_reply)\b/i) ||
    headers.has('x-auto-response-suppress') ||
    headers.has('x-autoreply') ||
    headers.has('x-autorespond') ||
    headers.has('list-id') ||
    is('content-type', /^multipart\/report\b/i)
  );
}
