/** A mail as the local page shows it. */
export interface MailText {
  subject: string;
  text: string;
}

interface Part {
  headers: Map<string, string>;
  body: string;
}

/**
 * Subject and text of a mail: as much of MIME as our own mails use (encoded words, quoted-printable, base64, and
 * multipart, of which the first plain text is taken).
 *
 * @param raw the mail as it came, one character a byte (latin1)
 */
export function readMail(raw: string): MailText {
  const mail = splitPart(raw);
  return { subject: decodeWords(mail.headers.get('subject') ?? ''), text: textOf(mail) ?? '' };
}

function splitPart(raw: string): Part {
  const [, head = '', body = ''] = /^([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(raw) ?? [undefined, raw];
  const headers = new Map<string, string>();
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { headers, body };
}

function textOf({ headers, body }: Part): string | undefined {
  const type = headers.get('content-type') ?? 'text/plain';
  const boundary = parameter(type, 'boundary');
  if (boundary) {
    const parts = body
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => splitPart(part.replace(/^\r?\n/, '')));
    return parts.map(textOf).find((text) => text !== undefined);
  }
  if (!/^text\/plain/i.test(type)) return undefined;
  const encoding = headers.get('content-transfer-encoding')?.toLowerCase();
  return decode(bytes(body, encoding), parameter(type, 'charset')).replace(/\r\n/g, '\n').trimEnd();
}

/** RFC 2047: =?utf-8?B?…?= and =?utf-8?Q?…?=; blanks between two such words do not count. */
function decodeWords(header: string): string {
  const joined = header.replace(/\?=\s+=\?/g, '?==?');
  return joined.replace(/=\?([^?]+)\?([bq])\?([^?]*)\?=/gi, (_, charset: string, kind: string, word: string) =>
    decode(
      kind.toLowerCase() === 'b' ? bytes(word, 'base64') : bytes(word.replace(/_/g, ' '), 'quoted-printable'),
      charset,
    ),
  );
}

function bytes(text: string, encoding: string | undefined): Buffer {
  if (encoding === 'base64') return Buffer.from(text, 'base64');
  if (encoding !== 'quoted-printable') return Buffer.from(text, 'latin1');
  const unfolded = text.replace(/=\r?\n/g, '');
  return Buffer.from(
    unfolded.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

function decode(content: Buffer, charset = 'utf-8'): string {
  try {
    return new TextDecoder(charset).decode(content);
  } catch {
    return content.toString('utf8');
  }
}

function parameter(header: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(header) ?? [];
  return quoted ?? plain;
}
