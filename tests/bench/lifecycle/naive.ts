import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import type { Mailbox } from '@duban/infra/local/mailbox';
import postgres from 'postgres';
import type { Naive } from '../naive/start';
import { type Seen, Watcher } from '../watcher';
import type { Side, StepName } from './consultation';
import { receivedSms } from './sms';

/** What shows that a step has had its effect. */
const statusAfter: Record<StepName, string> = {
  'confirm-receipt': 'in-progress',
  reply: 'replied',
  resolve: 'awaiting-confirmation',
  'confirm-with-customer': 'closed',
  'submit-survey': 'surveyed',
};

export interface NaiveSide extends Side {
  close(): Promise<void>;
}

/** The naive program, through its own HTTP server. A signal has no answer: the person looks until the status changed. */
export function naiveSide(naive: Naive, mailbox: Mailbox): NaiveSide {
  const sql = postgres(naive.databaseUrl, { max: 2 });
  const watcher = new Watcher(
    (numbers) => sql<Seen[]>`
      select number, handler, status, status = 'archived' as archived from tickets where number = any(${numbers})`,
  );
  const post = async (path: string, body: unknown): Promise<{ number?: string }> => {
    const response = await fetch(`${naive.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path}: ${response.status}`);
    return (await response.json()) as { number?: string };
  };
  return {
    async register(i) {
      const { category, customer, subject, content } = exampleIntakes.consultation(i);
      return (await post('/tickets', { category, customer, subject, content })).number!;
    },
    assigned: async (number) => (await watcher.until(number, (seen) => seen.status === 'awaiting-receipt')).handler!,
    invited: async (number) => void (await receivedSms(mailbox, `${number}:survey:`)),
    async take(number, handler, step, form) {
      await post(`/tickets/${number}/steps/${step}`, { staff: handler, form });
      const reached = (seen: Seen) => seen.status === statusAfter[step] || seen.archived;
      await watcher.until(number, reached);
    },
    archived: async (number) => void (await watcher.until(number, (seen) => seen.archived)),
    async close() {
      await watcher.stop();
      await sql.end({ timeout: 5 });
    },
  };
}
