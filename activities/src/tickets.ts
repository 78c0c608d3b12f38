import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CreateLinkedInput,
  type CreateLinkedResult,
  type LoadPolicyInput,
  type Publication,
  failureTypes,
} from '@duban/contracts';
import {
  type Database,
  StepExists,
  StepNotWritten,
  applyAnswer,
  createLinkedTicket,
  frozenPolicy,
} from '@duban/database';
import { type Logger, crashPoint } from '@duban/platform';
import type { FrozenPolicy } from '@duban/policy';
import { ApplicationFailure } from '@temporalio/common';

/** The publication that writes a signalled step runs beside this activity, and takes milliseconds. */
const WRITTEN_WITHIN_MS = 2_000;
const LOOK_MS = 25;

/** The orchestrator's own bookkeeping: each is one transaction and may run twice (design 7, 8). */
export function createTicketActivities({ database, log }: { database: Database; log: Logger }) {
  const { db } = database;

  return {
    /** Applies what timers, signals and activities changed in one workflow. */
    async publish(publication: Publication): Promise<void> {
      await db.transaction((tx) => applyAnswer(tx, publication));
      crashPoint('effect-done');
      log.debug({ ticket: publication.ticket, revision: publication.revision }, 'published');
    },

    /** What a ticket lives by of a published version (G5); one that does not exist is beyond retry. */
    async loadPolicy({ policy, process, keys }: LoadPolicyInput): Promise<FrozenPolicy> {
      const [, id = '', version = ''] = /^(.+):(\d+)$/.exec(policy) ?? [];
      const frozen = await frozenPolicy(db, { id, version: Number(version) }, process, keys);
      if (!frozen) throw ApplicationFailure.nonRetryable(`no policy ${policy}`, failureTypes.beyondRetry);
      return frozen;
    },

    /** Makes an escalation or a reopened ticket, once for each key. */
    async createLinked(input: CreateLinkedInput): Promise<CreateLinkedResult> {
      const create = () => db.transaction((tx) => createLinkedTicket(tx, input));
      let ticket: string | undefined;
      for (const end = Date.now() + WRITTEN_WITHIN_MS; ticket === undefined;)
        ticket = await create().catch((error: unknown) => {
          if (error instanceof StepExists) return create();
          if (error instanceof StepNotWritten && Date.now() < end) return sleep(LOOK_MS, undefined);
          throw error;
        });
      crashPoint('effect-done');
      log.info({ ticket: input.origin, linked: ticket, kind: input.kind }, 'linked ticket created');
      return { ticket };
    },
  };
}
