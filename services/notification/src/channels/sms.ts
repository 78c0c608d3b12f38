import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Channel } from '@duban/activities';
import type { DeliveryOutcome } from '@duban/database';

export interface SmsGateway {
  /** `POST {to, text, key}` as JSON; 2xx with `{id}` is sent. `key` lets the gateway know a repetition. */
  url: string;
  /** Bearer token, where the gateway wants one. */
  token?: string | undefined;
  /** Well within the activity's own limit, so an attempt is over before the next one begins. */
  timeoutMs?: number;
}

/** Answers that mean "not now": no 4xx else is worth another attempt. */
const notNow: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * SMS by a generic HTTP gateway. Until the connection stands nothing can have been sent (`retry`); once it does, a lost
 * answer leaves the message `unknown`. A connection of its own for each message keeps the two apart.
 */
export function createSmsChannel({ url, token, timeoutMs = 10_000 }: SmsGateway): Channel {
  return {
    name: 'sms',
    async send({ address, text, key }) {
      const body = JSON.stringify({ to: address, text, key });
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(body),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      };
      const secure = new URL(url).protocol === 'https:';
      const request = (secure ? httpsRequest : httpRequest)(url, { method: 'POST', agent: false, headers });
      const timer = setTimeout(() => request.destroy(new Error('timeout')), timeoutMs);
      let connected = false;
      request.once('socket', (socket) =>
        socket.once(secure ? 'secureConnect' : 'connect', () => void (connected = true)),
      );
      try {
        return await outcomeOf(await answerTo(request, body));
      } catch (error) {
        return { state: connected ? 'unknown' : 'retry', reason: reasonOf(error) };
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function answerTo(request: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => request.once('response', resolve).once('error', reject).end(body));
}

async function outcomeOf(response: IncomingMessage): Promise<DeliveryOutcome> {
  const status = response.statusCode ?? 0;
  // The status alone decides: an answer cut off behind it changes nothing.
  const body = await text(response).catch(() => '');
  if (status >= 200 && status < 300) return { state: 'sent', ...idIn(body) };
  if (status >= 500 || notNow.has(status)) return { state: 'retry', reason: `gateway answered ${status}` };
  return { state: 'failed', reason: `gateway answered ${status}` };
}

function idIn(body: string): { id?: string } {
  try {
    const { id } = JSON.parse(body) as { id?: unknown };
    return id === undefined ? {} : { id: String(id).slice(0, 200) };
  } catch {
    return {};
  }
}

/** Node's code for the failure: its message may repeat what was sent. */
const reasonOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? (error as Error).message;
