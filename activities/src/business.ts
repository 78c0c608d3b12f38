import type {
  BookSlotInput,
  BookSlotResult,
  ChangeProfileInput,
  CheckPolicyInput,
  CheckPolicyResult,
} from '@duban/contracts';
import { type Database, bookSlot, changeProfile, checkPolicy, releaseSlot } from '@duban/database';
import { type Logger, crashPoint } from '@duban/platform';

/** What business acceptance and after-sales do to tables of their own (B1, A1): one transaction each, safe to repeat. */
export function createBusinessActivities({ database, log }: { database: Database; log: Logger }) {
  const { db } = database;

  return {
    /** Books a slot for a ticket, or says why not; never more tickets than its capacity. */
    async bookSlot(input: BookSlotInput): Promise<BookSlotResult> {
      const answer = await db.transaction((tx) => bookSlot(tx, input, new Date()));
      crashPoint('effect-done');
      log.info({ ticket: input.ticket, slot: input.slot, booked: answer.booked }, 'slot asked for');
      return answer;
    },

    async releaseSlot({ ticket }: { ticket: string }): Promise<void> {
      await releaseSlot(db, ticket);
    },

    /** Applies an approved change of a customer's data, once for each approval. */
    async changeProfile(input: ChangeProfileInput): Promise<{ changed: string[] }> {
      const changed = await db.transaction((tx) => changeProfile(tx, input));
      crashPoint('effect-done');
      log.info({ ticket: input.ticket, fields: changed.length }, 'profile changed');
      return { changed };
    },

    /** What the rules in force allow. */
    checkPolicy: (input: CheckPolicyInput): Promise<CheckPolicyResult> => checkPolicy(db, input),
  };
}
