import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { signedHeaders } from '@duban/platform';

/** One call as a telephone system would tell of it; seconds from its first ringing. */
export interface PlayedCall {
  phone: string | null;
  /** The telephone that rings. */
  extension: string;
  /** Null when the caller gives up. */
  answerAfterS: number | null;
  endAfterS: number;
  recorded?: boolean;
}

export interface PhoneSystem {
  apiUrl: string;
  /** What its events are signed with (Standard Webhooks). */
  secret: string;
  /** By how much faster than the clock it plays; the moments that it tells are not changed by it. */
  speed?: number;
  say?: (line: string) => void;
}

/**
 * Plays one call against a running system (P3): ringing, answered, ended, recording, each a signed event.
 * @returns the id of the call record
 * @throws when an event is not taken
 */
export async function playCall(system: PhoneSystem, call: PlayedCall): Promise<string> {
  const { speed = 1, say = () => undefined } = system;
  const id = randomUUID();
  const startedMs = Date.now();
  let toldS = 0;
  let record = '';
  const tell = async (type: string, atS: number, more: object = {}) => {
    await sleep(((atS - toldS) * 1000) / speed);
    toldS = atS;
    record = await send(system, {
      type: `call.${type}`,
      timestamp: new Date(startedMs + atS * 1000).toISOString(),
      data: { call: id, direction: 'inbound', phone: call.phone, ...more },
    });
    say(`${type.padEnd(9)} +${atS} s  extension ${call.extension}`);
  };
  const { extension, answerAfterS, endAfterS } = call;
  await tell('ringing', 0, { extension });
  if (answerAfterS !== null) await tell('answered', answerAfterS, { extension });
  await tell('ended', endAfterS);
  if (call.recorded && answerAfterS !== null) await tell('recording', endAfterS, { recording: `recordings/${id}.wav` });
  return record;
}

async function send({ apiUrl, secret }: PhoneSystem, event: object): Promise<string> {
  const body = JSON.stringify(event);
  const id = `evt_${randomUUID()}`;
  const response = await fetch(`${apiUrl}/api/v1/inbound/calls`, {
    method: 'POST',
    headers: signedHeaders(secret, id, body),
    body,
  });
  const answer = (await response.json()) as { call?: string; title?: string };
  if (!response.ok || !answer.call) throw new Error(`${response.status} ${answer.title ?? ''}`);
  return answer.call;
}
