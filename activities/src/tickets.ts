import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CreateLinkedInput,
  type CreateLinkedResult,
  type ConvertInput,
  type ConvertResult,
  type LoadPolicyInput,
  type Publication,
  failureTypes,
} from '@duban/contracts';
import {
  type Database,
  StepExists,
  StepNotWritten,
  applyAnswer,
  convertTicketRow,
  createLinkedTicket,
  frozenPolicy,
} from '@duban/database';
import { type Logger, crashPoint } from '@duban/platform';
import type { FrozenPolicy } from '@duban/policy';
import { ApplicationFailure } from '@temporalio/common';

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
      const ticket = await onceWritten(() =>
        create().catch((error: unknown) => {
          if (error instanceof StepExists) return create();
          throw error;
        }),
      );
      crashPoint('effect-done');
      log.info({ ticket: input.origin, linked: ticket, kind: input.kind }, 'linked ticket created');
      return { ticket };
    },

    /** Makes a ticket's row that of another process, and reads what the ticket lives by from then on. */
    async convertTicket(input: ConvertInput): Promise<ConvertResult> {
      const row = await onceWritten(() => db.transaction((tx) => convertTicketRow(tx, input)));
      const { policy: id, policyVersion: version, category, priority, type, group } = row;
      const policy = await frozenPolicy(db, { id, version }, input.to, [category, priority]);
      if (!policy) throw ApplicationFailure.nonRetryable(`no policy ${id}:${version}`, failureTypes.beyondRetry);
      crashPoint('effect-done');
      log.info({ ticket: input.ticket, process: input.to }, 'converted');
      return { type, category, group, policy };
    },
  };
}

/** The step's row is written by a publication that runs beside this activity: it takes milliseconds. */
async function onceWritten<T>(work: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + WRITTEN_WITHIN_MS; ; await sleep(LOOK_MS))
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StepNotWritten) || Date.now() > end) throw error;
    }
}
