import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@duban/infra/local/centre';
import { demoCustomers } from '@duban/infra/local/demo-data';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type Bench, registrar } from '../bench-system';
import { type Seen, Watcher } from '../watcher';
import type { Side } from './consultation';
import { receivedSms } from './sms';

/** Customers whose class raises no priority: nobody else is called in. */
const ordinary = demoCustomers().flatMap((customer, i) => (customer.class === 'normal' ? [i] : []));

export interface DubanSide extends Side {
  watcher: Watcher;
  /** Requests that the API failed to answer (5xx); each was sent again under its key. */
  failures(): number;
}

const TRIES = 5;
const AGAIN_MS = 500;

/** Duban, through its HTTP API: staff by session, the customer by the link in the SMS. */
export function dubanSide({ centre, database: { sql }, system: { mailbox } }: Bench): DubanSide {
  const watcher = new Watcher(
    (numbers) => sql<Seen[]>`select number, handler, status, archived from tickets where number = any(${numbers})`,
  );
  const tokens = new Map<string, string>();
  let failures = 0;
  const persistently = async <T>(request: (key: string) => Promise<T>): Promise<T> => {
    const key = randomUUID();
    for (let tries = 1; ; tries++)
      try {
        return await request(key);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status < 500 || tries === TRIES) throw error;
        failures += 1;
        await sleep(AGAIN_MS);
      }
  };
  return {
    watcher,
    failures: () => failures,
    register: (i) =>
      persistently((key) =>
        centre.register(registrar, exampleIntakes.consultation(ordinary[i % ordinary.length]), key),
      ),
    assigned: async (number) => (await watcher.until(number, (seen) => seen.handler !== null)).handler!,
    async invited(number) {
      const { text } = await receivedSms(mailbox, `${number}:survey-invitation:`);
      tokens.set(number, surveyToken(text));
    },
    async take(number, handler, step, form) {
      if (step !== 'submit-survey')
        return void (await persistently((key) => centre.take(handler, number, step, form, key)));
      const path = `/public/survey/${tokens.get(number)}`;
      await persistently((key) => centre.request(null, 'POST', path, form, { 'idempotency-key': key }));
      tokens.delete(number);
    },
    archived: async (number) => void (await watcher.until(number, (seen) => seen.archived)),
  };
}

function surveyToken(sms: string): string {
  const token = /\/s\/([\w-]+)/.exec(sms)?.[1];
  if (!token) throw new Error(`no survey link in: ${sms}`);
  return token;
}
