import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface ReceivedSms {
  to: string;
  text: string;
  key: string;
}

/** An SMS gateway on loopback. `answer` says how it answers the next requests; everything it took is in `received`. */
export async function startSmsGateway() {
  const received: ReceivedSms[] = [];
  const gateway = {
    received,
    url: '',
    answer: (_: IncomingMessage, response: ServerResponse) =>
      void response.setHeader('content-type', 'application/json').end(JSON.stringify({ id: `sms-${received.length}` })),
    /** Answers with this status from now on. */
    answerWith: (status: number) =>
      void (gateway.answer = (_, response) => void response.writeHead(status).end('{"error":"asked to"}')),
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
  const server = createServer(async (request, response) => {
    received.push((await json(request)) as ReceivedSms);
    gateway.answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  gateway.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sms`;
  return gateway;
}

export interface ReceivedMail {
  to: string[];
  raw: string;
}

/** A real SMTP server on loopback. `refuse` answers the next mails with that code; `hangUp` drops the line instead. */
export async function startMailServer() {
  const received: ReceivedMail[] = [];
  const server = { received, url: '', refuse: 0, hangUp: false, stop: async () => void smtp.close() };
  const smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, session, done) {
      text(stream).then((raw) => {
        if (server.hangUp) return void smtp.connections.forEach((connection) => connection._socket.destroy());
        if (server.refuse) return done(Object.assign(new Error('asked to'), { responseCode: server.refuse }));
        received.push({ to: session.envelope.rcptTo.map((to) => to.address), raw });
        done();
      }, done);
    },
  });
  smtp.on('error', () => undefined);
  const listening = smtp.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  server.url = `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  return server;
}
