import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer, text as readText } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { readMail } from './mail-text';
import { mailboxPage } from './mailbox-page';

export interface Mail {
  id: string;
  at: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  raw: string;
}

export interface Sms {
  id: string;
  at: string;
  to: string;
  text: string;
  key: string;
  /** How often the same key came again: each is a message that a real gateway would have been asked to repeat. */
  duplicates: number;
}

/** How many of the next messages fail: refused outright, or taken with the answer lost on the way. */
export interface Failures {
  sms: number;
  smsLost: number;
  mail: number;
}

export interface Mailbox {
  smtpUrl: string;
  smsUrl: string;
  /** The page that shows both; also serves /mails and /sms as JSON. */
  pageUrl: string;
  readonly mails: readonly Mail[];
  readonly sms: readonly Sms[];
  stop(): Promise<void>;
}

const KEPT = 500;
const MAX_BODY_BYTES = 100_000;

/**
 * The local receivers, on loopback: an SMTP server, and an SMS gateway `POST /sms {to, text, key}` → `{id}` where the
 * same key gets the same id. `POST /failures {sms, smsLost, mail}` lets the next N fail, for tests.
 */
export async function startMailbox(ports: { mail: number; sms: number }): Promise<Mailbox> {
  const mails: Mail[] = [];
  const messages: Sms[] = [];
  const byKey = new Map<string, Sms>();
  const failures: Failures = { sms: 0, smsLost: 0, mail: 0 };

  const smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      buffer(stream).then((content) => {
        if (failures.mail > 0) {
          failures.mail -= 1;
          return done(Object.assign(new Error('asked to fail'), { responseCode: 451 }));
        }
        const { mailFrom, rcptTo } = session.envelope;
        const raw = content.toString('latin1');
        const from = mailFrom ? mailFrom.address : '';
        const to = rcptTo.map(({ address }) => address);
        keep(mails, {
          id: randomUUID(),
          at: new Date().toISOString(),
          from,
          to,
          ...readMail(raw),
          raw: content.toString(),
        });
        done();
      }, done);
    },
  });
  smtp.on('error', () => undefined); // a client that went away

  const takeSms = async (request: IncomingMessage, response: ServerResponse) => {
    const { to, text, key } = (await readJson(request)) as Partial<Sms>;
    if (typeof to !== 'string' || typeof text !== 'string' || typeof key !== 'string')
      return send(response, 400, { error: 'to, text and key are needed' });
    if (failures.sms > 0) {
      failures.sms -= 1;
      return send(response, 503, { error: 'asked to fail' });
    }
    const known = byKey.get(key);
    if (known) known.duplicates += 1;
    const sms = known ?? { id: randomUUID(), at: new Date().toISOString(), to, text, key, duplicates: 0 };
    if (!known) {
      byKey.set(key, sms);
      keep(messages, sms);
    }
    if (failures.smsLost > 0) {
      failures.smsLost -= 1;
      return void response.destroy();
    }
    send(response, 200, { id: sms.id });
  };
  const setFailures = async (request: IncomingMessage, response: ServerResponse) => {
    const wanted = (await readJson(request)) as Partial<Failures>;
    for (const name of ['sms', 'smsLost', 'mail'] as const)
      failures[name] = Number(wanted[name] ?? failures[name]) || 0;
    send(response, 200, failures);
  };
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    'GET /': (_, response) => send(response, 200, mailboxPage(mails, messages)),
    'GET /mails': (_, response) => send(response, 200, mails),
    'GET /sms': (_, response) => send(response, 200, messages),
    'POST /sms': takeSms,
    'POST /failures': setFailures,
  };
  const http = createServer((request, response) => {
    const route = routes[`${request.method} ${(request.url ?? '').split('?', 1)[0]}`];
    Promise.resolve(route ? route(request, response) : send(response, 404, { error: 'not found' })).catch(
      (error: Error) => void send(response, 400, { error: error.message }),
    );
  });

  await Promise.all([
    once(smtp.listen(ports.mail, '127.0.0.1'), 'listening'),
    once(http.listen(ports.sms, '127.0.0.1'), 'listening'),
  ]);
  const pageUrl = `http://127.0.0.1:${ports.sms}`;
  return {
    smtpUrl: `smtp://127.0.0.1:${ports.mail}`,
    smsUrl: `${pageUrl}/sms`,
    pageUrl,
    mails,
    sms: messages,
    stop: async () => {
      http.closeAllConnections();
      await Promise.all([
        new Promise<void>((resolve) => http.close(() => resolve())),
        new Promise<void>((resolve) => smtp.close(() => resolve())),
      ]);
    },
  };
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > KEPT) list.shift();
}

async function readJson(request: IncomingMessage): Promise<object> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw new Error('too long');
  const body: unknown = JSON.parse(await readText(request));
  if (typeof body !== 'object' || body === null) throw new Error('a JSON object is needed');
  return body;
}

function send(response: ServerResponse, status: number, body: string | object): void {
  const html = typeof body === 'string';
  response.writeHead(status, { 'content-type': html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8' });
  response.end(html ? body : JSON.stringify(body));
}
