import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { DubanClient } from '@duban/client';
import { type Refusal, type StepAnswer, type StepRequest, refusalOf } from '@duban/contracts';
import { type Database, type LeasedStep, findTicket } from '@duban/database';
import { crashPoint, historiesOf, withoutParameters } from '@duban/platform';
import { createStarter } from './start';

/** What came of sending one step once. */
export type Attempt =
  | { kind: 'answered'; answer: StepAnswer }
  | { kind: 'started' }
  | { kind: 'refused'; refusal: Refusal }
  /** Nothing is known: it stays pending and is sent again by the same id. */
  | { kind: 'unknown'; reason: string };

/** Lets the step reach the server before a test's kill: a reply lost on its way back. */
const SENT_AFTER_MS = 5;

/**
 * Sends one leased step. Only a `StepRefused` failure and an ended workflow refuse it (design 3); no transaction is
 * open meanwhile. Never rejects.
 */
export function createSender(deps: { database: Database; client: Client; duban: DubanClient; attemptMs: number }) {
  const { database, client, duban, attemptMs } = deps;
  const starter = createStarter(database, duban);

  async function send(step: LeasedStep): Promise<Attempt> {
    setTimeout(crashPoint, SENT_AFTER_MS, 'step-sent').unref();
    try {
      return await client.withDeadline(Date.now() + attemptMs, async () => {
        if (step.step !== 'start') return await update(step);
        await starter.start(step);
        return { kind: 'started' } as const;
      });
    } catch (error) {
      return { kind: 'unknown', reason: reasonOf(error) };
    }
  }

  async function update(step: LeasedStep): Promise<Attempt> {
    const request: StepRequest = {
      stepId: step.id,
      actor: step.actor,
      command: step.command,
      waitedMs: step.waitedMs,
      origin: 'api',
      ...(step.seenRevision === null ? {} : { revision: step.seenRevision }),
      ...(step.trace === null ? {} : { trace: step.trace }),
    };
    const attempt = await outcome(
      () => duban.send(step.ticket, step.step, request),
      () => ended(step),
    );
    const repeated = attempt.kind === 'refused' && attempt.refusal.code === 'repeated';
    return repeated ? ((await answeredBefore(step)) ?? attempt) : attempt;
  }

  /** Taken by the process that the ticket was before it was converted: what that answered still counts. */
  async function answeredBefore({ ticket, id }: LeasedStep): Promise<Attempt | undefined> {
    const runs = (await historiesOf(client, ticket)).slice(0, -1);
    for (const { events } of runs) {
      const run = events?.[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId;
      const attempt =
        run &&
        (await outcome(
          () => duban.outcome(ticket, id, run),
          async () => null,
        ));
      if (attempt) return attempt;
    }
    return undefined;
  }

  /** No such running workflow. What it answered before it ended still counts; a lost workflow refuses nothing. */
  async function ended(step: LeasedStep): Promise<Attempt> {
    return outcome(
      () => duban.outcome(step.ticket, step.id),
      async () => {
        const ticket = await findTicket(database.db, step.ticket);
        const over = (ticket?.closedAt ?? null) !== null || (await hasEnded(step.ticket));
        return over
          ? { kind: 'refused', refusal: { code: 'closed' } }
          : { kind: 'unknown', reason: 'workflow-missing' };
      },
    );
  }

  async function hasEnded(ticket: string): Promise<boolean> {
    try {
      return (await client.workflow.getHandle(ticket).describe()).status.name !== 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  return { send };
}

async function outcome<N extends Attempt | null>(
  call: () => Promise<StepAnswer>,
  notFound: () => Promise<N>,
): Promise<Attempt | N> {
  try {
    return { kind: 'answered', answer: await call() };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal) return { kind: 'refused', refusal };
    if (error instanceof WorkflowNotFoundError) return notFound();
    throw error;
  }
}

/** Name, message and innermost cause: what an operator reads under stuck work. No parameters, ids only. */
export function reasonOf(failure: unknown): string {
  const error = withoutParameters(failure);
  if (!(error instanceof Error)) return String(error);
  let innermost: Error = error;
  while (innermost.cause instanceof Error) innermost = innermost.cause;
  const own = `${error.name}: ${error.message}`;
  return innermost === error ? own : `${own} (${innermost.message})`;
}
