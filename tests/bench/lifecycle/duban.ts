import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type Bench, registrar } from '../bench-system';
import { type Seen, Watcher } from '../watcher';
import type { Side } from './consultation';
import { receivedSms } from './sms';

export interface DubanSide extends Side {
  watcher: Watcher;
}

/** Duban, through its HTTP API: staff by session, the customer by the link in the SMS. */
export function dubanSide({ centre, database: { sql }, system: { mailbox } }: Bench): DubanSide {
  const watcher = new Watcher(
    (numbers) => sql<Seen[]>`select number, handler, status, archived from tickets where number = any(${numbers})`,
  );
  const tokens = new Map<string, string>();
  return {
    watcher,
    register: (i) => centre.register(registrar, exampleIntakes.consultation(i)),
    assigned: async (number) => (await watcher.until(number, (seen) => seen.handler !== null)).handler!,
    async invited(number) {
      const { text } = await receivedSms(mailbox, `${number}:survey-invitation:`);
      tokens.set(number, surveyToken(text));
    },
    async take(number, handler, step, form) {
      if (step !== 'submit-survey') return void (await centre.take(handler, number, step, form));
      await centre.request(null, 'POST', `/public/survey/${tokens.get(number)}`, form);
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
