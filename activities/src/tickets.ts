import type { CreateLinkedInput, CreateLinkedResult, Publication } from '@duban/contracts';
import { type Database, StepExists, applyPublication, createLinkedTicket } from '@duban/database';
import { type Logger, crashPoint } from '@duban/platform';

/** The orchestrator's own bookkeeping: each is one transaction and may run twice (design 7, 8). */
export function createTicketActivities({ database, log }: { database: Database; log: Logger }) {
  const { db } = database;

  return {
    /** Applies what timers, signals and activities changed in one workflow. */
    async publish(publication: Publication): Promise<void> {
      await db.transaction((tx) => applyPublication(tx, publication));
      crashPoint('effect-done');
      log.debug({ ticket: publication.ticket, revision: publication.revision }, 'published');
    },

    /** Makes an escalation or a reopened ticket, once for each key. */
    async createLinked(input: CreateLinkedInput): Promise<CreateLinkedResult> {
      const create = () => db.transaction((tx) => createLinkedTicket(tx, input));
      const ticket = await create().catch((error: unknown) => {
        if (error instanceof StepExists) return create();
        throw error;
      });
      crashPoint('effect-done');
      log.info({ ticket: input.origin, linked: ticket, kind: input.kind }, 'linked ticket created');
      return { ticket };
    },
  };
}
