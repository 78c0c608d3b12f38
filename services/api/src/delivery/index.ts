import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { createDubanClient } from '@duban/client';
import type { Actor, Refusal, StepAnswer } from '@duban/contracts';
import {
  type Database,
  type LeasedStep,
  type NewStep,
  type StepRow,
  answerOf,
  applyAnswer,
  findStartStep,
  findStep,
  leaseOldest,
  postponeStep,
  renewLease,
  settleStep,
  withdrawStep,
  writeStep,
} from '@duban/database';
import { type Logger, Problem, crashPoint } from '@duban/platform';
import { type Attempt, createSender } from './attempt';
import { createLanes } from './lanes';
import { createReachability } from './reachability';
import { createRelay } from './relay';

export { bodyHashOf, stepIdFor } from './step-id';

/** What a caller hears of a step; `pending` has the step's id as its address. */
export type StepOutcome =
  /** `answer` is null only for a `start` whose workflow has published nothing yet. */
  | { state: 'applied'; step: string; answer: StepAnswer | null }
  | { state: 'refused'; step: string; refusal: Refusal }
  | { state: 'withdrawn'; step: string }
  | { state: 'pending'; step: string };

export interface Delivery {
  /**
   * Takes a person's step: written ahead, sent, its answer applied (design 1–5). The same id again gives the earlier
   * step's outcome, also while that is still under way.
   * @throws Problem 404 `not-found` (no such ticket), 422 `idempotency-key-reused` (another body under this id)
   */
  takeStep(step: NewStep): Promise<StepOutcome>;
  /** Delivers a ticket's `start`; its number is promised already, so `pending` is no failure. Never rejects. */
  startTicket(number: string): Promise<'started' | 'pending'>;
  /** What became of a step, without waiting; null when there is none. */
  stepOutcome(id: string): Promise<StepOutcome | null>;
  /** Takes back what was not sent yet; false when it is too late, or another's. */
  withdrawStep(id: string, actor: Actor): Promise<boolean>;
  /** Delivers what is due now: what the relay does each second. Resolves when every attempt is over. */
  deliverDue(): Promise<void>;
  /** Starts the relay. */
  start(): Promise<void>;
  /** Stops the relay and waits for attempts under way. */
  stop(): Promise<void>;
}

export interface DeliveryOptions {
  database: Database;
  client: Client;
  log: Logger;
  /** Client and orchestrator share one native connection. */
  eagerStart?: boolean;
  /** One attempt may take so long, ms. */
  attemptMs?: number;
  /** A caller waits so long for a step, ms. */
  answerWithinMs?: number;
}

/** Looked at again while another process has the ticket in its hands. */
const LOOK_AGAIN_MS = 50;
/** What a killed process had in hand is free after this; a live one renews it, so attempts never overlap. */
const LEASE_MS = 5_000;
const RENEW_MS = 1_500;
/** A service must have stopped within 30 s; an attempt under way is finished by the next relay. */
const STOP_MS = 10_000;

/** The one way in which steps and starts reach workflows; several replicas may each have one. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { database, client, log, attemptMs = 5_000, answerWithinMs = 2_000 } = options;
  const { db } = database;
  const duban = createDubanClient(client, { eagerStart: options.eagerStart });
  const sender = createSender({ database, client, duban, attemptMs });
  const temporal = createReachability(client, () => relay.wake());
  const lanes = createLanes();
  const lease = { owner: randomUUID(), ms: LEASE_MS };
  const relay = createRelay({ database, client, log, temporal, deliver: (ticket) => deliverThrough(ticket) });

  /** One attempt and what follows from it, in one transaction. Null when nothing is known. */
  async function deliver(step: LeasedStep): Promise<StepOutcome | null> {
    // The native connection retries for some seconds beyond its deadline: a refused step must not arrive after that.
    const renewing = setInterval(() => renewLease(db, step, lease).catch(() => undefined), RENEW_MS);
    try {
      return await deliverOnce(step);
    } finally {
      clearInterval(renewing);
    }
  }

  async function deliverOnce(step: LeasedStep): Promise<StepOutcome | null> {
    const attempt = await sender.send(step);
    if (attempt.kind !== 'unknown') {
      crashPoint('step-answered');
      const outcome = await settle(step, attempt);
      crashPoint('step-applied');
      return outcome;
    }
    log.warn({ ticket: step.ticket, step: step.id, trace: step.trace, reason: attempt.reason }, 'step not delivered');
    await postponeStep(db, step, lease, attempt.reason);
    temporal.doubt();
    return null;
  }

  async function settle(step: LeasedStep, attempt: Exclude<Attempt, { kind: 'unknown' }>): Promise<StepOutcome> {
    const settled = await db.transaction(async (tx) => {
      if (attempt.kind === 'refused') return settleStep(tx, step, { state: 'refused', refusal: attempt.refusal });
      const revision = attempt.kind === 'answered' ? attempt.answer.revision : null;
      const first = await settleStep(tx, step, { state: 'applied', revision });
      if (attempt.kind === 'answered') await applyAnswer(tx, { ticket: step.ticket, ...attempt.answer });
      return first;
    });
    const { id, ticket, trace } = step;
    log.info({ ticket, step: id, name: step.step, trace, outcome: attempt.kind }, 'step delivered');
    if (settled && attempt.kind === 'refused') return { state: 'refused', step: id, refusal: attempt.refusal };
    if (settled && attempt.kind === 'answered') return { state: 'applied', step: id, answer: attempt.answer };
    return outcomeOf((await findStep(db, id))!);
  }

  /** Delivers a ticket's steps in commit order, up to `throughSeq`, until one does not get through. */
  async function deliverThrough(ticket: string, throughSeq?: number): Promise<Map<string, StepOutcome>> {
    const outcomes = new Map<string, StepOutcome>();
    await lanes.run(ticket, async () => {
      while (temporal.reachable()) {
        const step = await leaseOldest(db, ticket, lease, throughSeq);
        if (!step) return;
        const outcome = await deliver(step);
        if (!outcome) return;
        outcomes.set(step.id, outcome);
      }
    });
    return outcomes;
  }

  async function outcomeOf(row: StepRow): Promise<StepOutcome> {
    const step = row.id;
    if (row.state === 'applied') return { state: 'applied', step, answer: await answerOf(db, row) };
    if (row.state === 'refused') return { state: 'refused', step, refusal: row.refusal as Refusal };
    return { state: row.state === 'withdrawn' ? 'withdrawn' : 'pending', step };
  }

  /**
   * Delivers up to this step, or waits for whoever does, until it is settled or the time is over. The step is
   * committed: whatever fails from here on leaves it pending, and the relay finishes it.
   */
  async function settled(row: Pick<StepRow, 'id' | 'ticket' | 'seq'>, until: number): Promise<StepOutcome> {
    try {
      for (;;) {
        const outcomes = await within(deliverThrough(row.ticket, row.seq), until);
        const outcome = outcomes?.get(row.id) ?? (await outcomeOf((await findStep(db, row.id))!));
        if (outcome.state !== 'pending' || Date.now() >= until) return outcome;
        await sleep(LOOK_AGAIN_MS);
      }
    } catch (error) {
      log.error({ err: error, ticket: row.ticket, step: row.id }, 'step left to the relay');
      return { state: 'pending', step: row.id };
    }
  }

  async function write(step: NewStep, send: boolean) {
    const written = await writeStep(db, step, { lease, send });
    if (!written) throw new Problem(404, 'not-found', { zh: '没有这张工单', en: 'There is no such ticket' });
    if ('existing' in written && written.existing.bodyHash !== step.bodyHash) throw keyReused();
    crashPoint('step-committed');
    return written;
  }

  async function takeStep(step: NewStep): Promise<StepOutcome> {
    const until = Date.now() + answerWithinMs;
    if (lanes.busy(step.ticket) || !temporal.reachable()) {
      const written = await write(step, false);
      return settled('existing' in written ? written.existing : written.row, until);
    }
    // The usual case: nothing else is under way, so the step is written as sent, which saves a commit.
    let row: StepRow | undefined;
    const direct = lanes.run(step.ticket, async () => {
      const written = await write(step, true);
      row = 'existing' in written ? written.existing : written.row;
      return 'leased' in written && written.leased ? deliver(written.leased) : null;
    });
    const outcome = await within(direct, until).catch((error: unknown) => {
      if (!row) throw error;
      return null;
    });
    if (outcome) return outcome;
    if (!row) throw new Error('the database does not answer');
    return settled(row, until);
  }

  return {
    takeStep,
    async startTicket(number) {
      try {
        const start = await findStartStep(db, number);
        if (!start) return 'pending';
        crashPoint('step-committed');
        return (await settled(start, Date.now() + answerWithinMs)).state === 'applied' ? 'started' : 'pending';
      } catch (error) {
        log.error({ err: error, ticket: number }, 'start left to the relay');
        return 'pending';
      }
    },
    async stepOutcome(id) {
      const row = await findStep(db, id);
      return row ? outcomeOf(row) : null;
    },
    withdrawStep: (id, actor) => withdrawStep(db, id, actor),
    deliverDue: () => relay.deliverDue(),
    start: () => relay.start(),
    async stop() {
      await relay.stop();
      temporal.stop();
      await Promise.race([lanes.idle(), sleep(STOP_MS, undefined, { ref: false })]);
    },
  };
}

/** The same Idempotency-Key came with another body. */
export function keyReused(): Problem {
  const zh = '同一 Idempotency-Key 已用于不同的请求内容';
  return new Problem(422, 'idempotency-key-reused', { zh, en: 'This Idempotency-Key was used with another body' });
}

/** The result if it is there in time, else null; the work goes on. A failure counts while somebody waits for it. */
async function within<T>(work: Promise<T>, until: number): Promise<T | null> {
  work.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(resolve, Math.max(0, until - Date.now()), null)));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
