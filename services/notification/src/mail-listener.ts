import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Logger, signedHeaders } from '@duban/platform';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';

/** As long as the API takes it. */
const MAX_MAIL_BYTES = 10 * 1024 * 1024;
const MAX_RECIPIENTS = 20;
const MAX_CLIENTS = 50;
const ANSWER_WITHIN_MS = 30_000;

export interface MailListenerOptions {
  port: number;
  host: string;
  /** The centre's own mailbox: mail for it, and for addresses made from it, is taken. */
  mailbox: string;
  /** The API that takes mail in, and what it is signed with (Standard Webhooks). */
  apiUrl: string;
  secret: string;
  log: Logger;
}

export interface MailListener {
  port: number;
  stop(): Promise<void>;
}

/** A refusal with its SMTP code: 4xx is tried again by the sender's server, 5xx goes back to the sender. */
class Refusal extends Error {
  constructor(
    readonly responseCode: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Takes the centre's mail by SMTP and hands it, signed, to the API (G1). A mail is accepted once the API has it: what
 * is not kept stays with the sender's server, which tries again.
 */
export async function startMailListener(options: MailListenerOptions): Promise<MailListener> {
  const { mailbox, log } = options;
  const server = new SMTPServer({
    ...{ disabledCommands: ['AUTH', 'STARTTLS'], disableReverseLookup: true, closeTimeout: 5_000 },
    ...{ size: MAX_MAIL_BYTES, maxClients: MAX_CLIENTS, socketTimeout: ANSWER_WITHIN_MS * 2 },
    onRcptTo({ address }, session, done) {
      if (!isOurs(address, mailbox)) return done(new Refusal(550, 'no such mailbox'));
      if (session.envelope.rcptTo.length >= MAX_RECIPIENTS) return done(new Refusal(452, 'too many recipients'));
      done();
    },
    onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = { from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address) };
      wholeOf(stream)
        .then((raw) => handOver(options, raw, envelope))
        .then(
          () => done(),
          (error: Error) => {
            const refusal = error instanceof Refusal ? error : new Refusal(451, 'try again later');
            log.warn({ code: refusal.responseCode, err: error.name }, 'mail not taken');
            done(refusal);
          },
        );
    },
  });
  server.on('error', (error) => log.debug({ err: error.name }, 'mail connection'));
  const listening = server.listen(options.port, options.host);
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** `service@host`, or `service+anything@host`. */
function isOurs(address: string, mailbox: string): boolean {
  const [at, ours] = [address.toLowerCase(), mailbox.toLowerCase()];
  if (at === ours) return true;
  const cut = ours.lastIndexOf('@');
  return at.startsWith(`${ours.slice(0, cut)}+`) && at.endsWith(ours.slice(cut));
}

async function wholeOf(stream: SMTPServerDataStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) if (stream.byteLength <= MAX_MAIL_BYTES) parts.push(part as Buffer);
  if (stream.sizeExceeded) throw new Refusal(552, 'the mail is too large');
  return Buffer.concat(parts);
}

async function handOver(
  { apiUrl, secret }: MailListenerOptions,
  raw: Buffer,
  envelope: { from: string; to: string[] },
): Promise<void> {
  const body = JSON.stringify({ envelope, raw: raw.toString('base64') });
  const id = `mail_${createHash('sha256').update(raw).digest('hex')}`;
  const response = await fetch(new URL('/api/v1/inbound/email', apiUrl), {
    method: 'POST',
    headers: signedHeaders(secret, id, body),
    body,
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  if (response.status === 413 || response.status === 422) throw new Refusal(554, 'the mail cannot be read');
  if (!response.ok) throw new Refusal(451, 'try again later');
  const { outcome } = (await response.json()) as { outcome: string };
  if (outcome === 'refused') throw new Refusal(550, 'this address answers to somebody else');
}
