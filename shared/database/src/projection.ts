import { and, eq, inArray, isNull, lt, lte, not, or, sql } from 'drizzle-orm';
import type { Change, Publication, Snapshot, StepAnswer } from '@duban/contracts';
import { assignWaiting, lockAssignment } from './assignment';
import type { Executor } from './connection';
import { showFault } from './faults';
import { proposeAnswers } from './proposals';
import { assignmentQueue, audit, claims, materials, steps, tickets, timeline } from './schema';

/** Channels of `pg_notify`: a ticket changed (payload: its number); the relay has something to deliver. */
export const channels = { ticket: 'duban_ticket', relay: 'duban_relay' } as const;

/**
 * Brings what a workflow answered or published into the tables, inside the caller's transaction (design 5–7): rows of
 * steps that came by signal or client, timeline rows always, the projection unless it is newer already, claims that the
 * ticket left behind, and the next waiting ticket for whoever became free. Applying it again changes nothing.
 */
export async function applyAnswer(tx: Executor, answer: StepAnswer & { ticket: string }): Promise<void> {
  const { ticket, snapshot, changes } = answer;
  for (const step of answer.steps ?? []) await writeSignalled(tx, answer, step);
  // Rows of steps before the ticket's own: everyone takes them in this order, so none waits for another in a circle.
  await settleStart(tx, ticket, changes);
  const [, moved] = await Promise.all([
    writeTimeline(tx, ticket, changes),
    // Equal is let through: reconcile may have shown a revision before all that belongs to it was published.
    tx
      .update(tickets)
      .set(projectionOf(snapshot))
      .where(and(eq(tickets.number, ticket), lte(tickets.revision, snapshot.revision)))
      .returning({ number: tickets.number }),
  ]);
  const answers = changes.flatMap(({ kind, step, data }) =>
    kind === 'step' && step && data?.step === 'provide-answer' ? [step] : [],
  );
  if (answers.length) await proposeAnswers(tx, ticket, answers);
  if (snapshot.process === 'fault-announcement') await showFault(tx, answer);
  if (!moved.length) return;
  if (!(await releaseLeftClaims(tx, snapshot))) return;
  await assignWaiting(tx);
  await wakeRelay(tx);
}

/** Tells every relay, at commit, that there is something to deliver. */
export async function wakeRelay(tx: Executor): Promise<void> {
  await tx.execute(sql`select pg_notify(${channels.relay}, '')`);
}

/** The row of a step that came by signal or client (design 6); its texts are stored beforehand, if this ticket's. */
async function writeSignalled(
  tx: Executor,
  { ticket, changes }: Pick<Publication, 'ticket' | 'changes'>,
  step: Publication['steps'][number],
): Promise<void> {
  const state = step.refusal ? 'refused' : 'applied';
  const [stored] = step.material
    ? await tx
        .select({ body: materials.body })
        .from(materials)
        .where(and(eq(materials.id, step.material), eq(materials.ticket, ticket)))
    : [];
  const [written] = await tx
    .insert(steps)
    .values({
      id: step.stepId,
      ticket,
      step: step.step,
      actor: step.actor,
      actorId: step.actor.id,
      origin: step.origin,
      command: step.command,
      material: stored?.body ?? {},
      state,
      takenAt: new Date(step.at),
      settledAt: sql`clock_timestamp()`,
      revision: changes.find((change) => change.step === step.stepId)?.revision,
      refusal: step.refusal ? { code: step.refusal } : null,
    })
    .onConflictDoNothing({ target: steps.id })
    .returning({ id: steps.id });
  if (!written) return;
  const detail = { step: step.stepId, origin: step.origin, ...(step.refusal ? { code: step.refusal } : {}) };
  await tx.insert(audit).values({ actor: step.actor.id, action: `${step.step}:${state}`, object: ticket, detail });
}

/** The columns of `tickets` that repeat the snapshot; lists and searches read only these. */
export function projectionOf(snapshot: Snapshot) {
  return {
    revision: snapshot.revision,
    status: snapshot.status,
    stage: snapshot.stage,
    outcome: snapshot.outcome ?? null,
    priority: snapshot.priority,
    ...(snapshot.policy ? { policy: snapshot.policy.id, policyVersion: snapshot.policy.version } : {}),
    group: snapshot.group,
    handler: snapshot.handler,
    supporters: snapshot.supporters,
    departments: snapshot.departments.filter((d) => d.state !== 'released').map((d) => d.id),
    overdue: snapshot.overdue,
    nearlyOverdue: snapshot.nearlyOverdue,
    breaches: snapshot.breaches,
    nextDueAt: snapshot.nextDueAt === null ? null : new Date(snapshot.nextDueAt),
    closedAt: snapshot.closedAt === null ? null : new Date(snapshot.closedAt),
    archived: snapshot.archived,
    snapshot,
  };
}

async function writeTimeline(tx: Executor, ticket: string, changes: Change[]): Promise<void> {
  if (!changes.length) return;
  const rows = changes.map(({ revision, index, at, kind, actor, step, data }) => {
    return { ticket, revision, index, at: new Date(at), kind, actor, step, data };
  });
  await tx
    .insert(timeline)
    .values(rows)
    .onConflictDoNothing()
    .returning({ told: sql`pg_notify(${channels.ticket}, ${timeline.ticket})::text` });
}

/** A workflow that speaks has been started, whatever became of the reply to its start (design 12). */
async function settleStart(tx: Executor, ticket: string, changes: Change[]): Promise<void> {
  const started = changes.find((change) => change.kind === 'started');
  if (!started?.step) return;
  await tx
    .update(steps)
    .set({
      state: 'applied',
      revision: started.revision,
      settledAt: sql`coalesce(${steps.settledAt}, clock_timestamp())`,
      lastError: null,
    })
    .where(
      and(
        eq(steps.id, started.step),
        eq(steps.ticket, ticket),
        inArray(steps.state, ['pending', 'sent', 'applied']),
        isNull(steps.revision),
      ),
    );
}

/**
 * Releases the claims that this ticket has moved on from, and drops its requests nobody needs any more. A claim of
 * the latest assignment is kept while the workflow has not yet heard of it (`handler` null).
 * @returns whether somebody became free
 */
export async function releaseLeftClaims(tx: Executor, snapshot: Snapshot): Promise<boolean> {
  const { ticket, assignment, handler, supporters } = snapshot;
  const closed = snapshot.closedAt !== null;
  const left = or(
    and(eq(claims.slot, 'handler'), lt(claims.n, assignment)),
    handler === null
      ? undefined
      : and(eq(claims.slot, 'handler'), eq(claims.n, assignment), sql`${claims.staff} <> ${handler}`),
    supporters.length ? and(eq(claims.slot, 'support'), not(inArray(claims.staff, supporters))) : undefined,
  );
  const leftClaims = and(eq(claims.ticket, ticket), isNull(claims.releasedAt), closed ? undefined : left);
  const older = and(eq(assignmentQueue.slot, 'handler'), lt(assignmentQueue.n, assignment));
  const leftRequests = and(eq(assignmentQueue.ticket, ticket), closed ? undefined : older);
  const claim = tx.select({ key: claims.key }).from(claims).where(leftClaims);
  const request = tx.select({ key: assignmentQueue.key }).from(assignmentQueue).where(leftRequests);
  const [found] = await tx.execute(sql`select 1 where exists ${claim} or exists ${request}`);
  if (!found) return false;
  // Assignment takes its lock before it touches these rows; any other order would be a deadlock.
  await lockAssignment(tx);
  await tx.delete(assignmentQueue).where(leftRequests);
  const freed = await tx
    .update(claims)
    .set({ releasedAt: sql`clock_timestamp()` })
    .where(leftClaims)
    .returning({ key: claims.key });
  return freed.length > 0;
}
