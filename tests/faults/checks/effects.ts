import { createHash } from 'node:crypto';
import { type Database, readArchive } from '@duban/database';
import { temporal } from '@temporalio/proto';
import type { FaultySystem } from '../system';
import type { Facts } from './facts';
import { countBy } from './tickets';

/** No message left the building twice, and none is lost: each is sent, failed or unknown; an unknown one is not resent. */
export function wrongMessages(facts: Facts, { sms, mail }: Pick<FaultySystem, 'sms' | 'mail'>): string[] {
  const wrong: string[] = [];
  const bySms = countBy(sms.received, ({ key }) => key);
  const byMail = countBy(mail.received, ({ raw }) => /^message-id:\s*(<[^>]+>)/im.exec(raw)?.[1] ?? '');
  const deliveries = new Map(facts.deliveries.map((row) => [row.key, row]));
  const timesOf = (row: { key: string; channel: string }) =>
    (row.channel === 'sms' ? bySms.get(row.key) : byMail.get(messageId(row.key))) ?? 0;
  for (const row of facts.deliveries) {
    const times = timesOf(row);
    const fits =
      row.state === 'sent' ? times === 1 : row.state === 'unknown' ? times <= 1 : row.state === 'failed' && times === 0;
    if (!fits) wrong.push(`${row.key} is ${row.state} and arrived ${times} times (${row.lastError ?? ''})`);
  }
  for (const key of bySms.keys()) if (!deliveries.has(key)) wrong.push(`SMS ${key} was asked for by nobody`);
  if (byMail.has('')) wrong.push('a mail has no Message-ID');

  const written = [...facts.notifications.map((row) => row.key), ...deliveries.keys()];
  const prefixes = countBy(written, (key) => key.replace(/:(in-app|sms|email):[^:]+$/, ''));
  for (const [ticket, { messages }] of facts.told) {
    for (const { key } of messages) if (!prefixes.has(key)) wrong.push(`${key} reached nobody`);
    for (const [key, times] of countBy(messages, (m) => m.key))
      if (times > 1) wrong.push(`${key} was asked for ${times} times`);
    const asked = new Set(messages.map((m) => m.key));
    for (const prefix of prefixes.keys())
      if (prefix.startsWith(`${ticket}:`) && !asked.has(prefix))
        wrong.push(`${prefix} was told without being asked for`);
  }
  return wrong;
}

const messageId = (key: string) => `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@duban>`;

/** Nobody had more than their capacity at any moment, and nothing is held for tickets that are over. */
export function wrongClaims(facts: Facts): string[] {
  const wrong: string[] = [];
  const capacity = new Map(facts.staff.map(({ id, capacity }) => [id, capacity]));
  const tickets = new Map(facts.tickets.map((ticket) => [ticket.number, ticket]));
  for (const claim of facts.claims) {
    const at = claim.claimedAt.getTime();
    const open = facts.claims.filter(
      (other) =>
        other.staff === claim.staff &&
        other.claimedAt.getTime() <= at &&
        (other.releasedAt === null || other.releasedAt.getTime() > at),
    ).length;
    // Given by hand, a ticket goes to its person whatever their load (G7).
    if (!claim.reason.startsWith('manual') && open > capacity.get(claim.staff)!)
      wrong.push(`${claim.staff} has ${open} of ${capacity.get(claim.staff)} when claimed for ${claim.key}`);
    if (claim.releasedAt) continue;
    const ticket = tickets.get(claim.ticket);
    if (!ticket || ticket.closedAt) wrong.push(`${claim.key} is held by a ticket that is over`);
    else if (claim.slot === 'handler' && (ticket.handler !== claim.staff || ticket.snapshot?.assignment !== claim.n))
      wrong.push(`${claim.key} is ${claim.staff}'s, the ticket ${ticket.handler}'s`);
    else if (claim.slot === 'support' && !ticket.supporters.includes(claim.staff))
      wrong.push(`${claim.key}: ${claim.staff} does not support it`);
  }
  for (const ticket of facts.tickets.filter((t) => t.process !== 'escalation' && t.closedAt === null && t.handler))
    if (
      !facts.claims.some(
        (c) => c.ticket === ticket.number && c.slot === 'handler' && c.staff === ticket.handler && !c.releasedAt,
      )
    )
      wrong.push(`${ticket.number} is ${ticket.handler}'s without claim`);
  for (const request of facts.queue)
    if (tickets.get(request.ticket)?.closedAt) wrong.push(`${request.key} waits although it is over`);
  for (const { sentAt, ticket, id } of facts.wakeups)
    if (!sentAt) wrong.push(`wake-up ${id} for ${ticket} is not sent`);
  return wrong;
}

/** Everything that ended has one immutable bundle whose bytes have their digest, with its own material in it. */
export async function wrongArchives(facts: Facts, { db }: Database): Promise<string[]> {
  const wrong: string[] = [];
  for (const { number, archived, process } of facts.tickets) {
    const [first, ...more] = await readArchive(db, number);
    if (!archived) {
      if (first) wrong.push(`${number} is not over and has an archive`);
      continue;
    }
    if (!first || more.length) {
      wrong.push(`${number} has ${first ? 1 + more.length : 0} parts`);
      continue;
    }
    const content = first.content as {
      ticket: { number: string; archived: boolean };
      timeline: unknown[];
      history: { events: unknown[] };
    };
    const entries = facts.timeline.filter((entry) => entry.ticket === number).length;
    if (!first.intact) wrong.push(`${number}: the bytes do not have their digest`);
    if (content.ticket.number !== number || !content.ticket.archived || content.timeline.length !== entries)
      wrong.push(`${number}: bundle of ${content.timeline.length} entries instead of ${entries}`);
    if (!content.history.events.length) wrong.push(`${number}: no history in the bundle`);
    const closedAt = facts.tickets.find((ticket) => ticket.number === number)!.closedAt!;
    const years = process === 'complaint' ? 2 : 1;
    if (first.retainUntil.getTime() - closedAt.getTime() < years * 365 * 86_400_000)
      wrong.push(`${number} is kept too briefly`);
  }
  return wrong;
}

const { WorkflowTaskFailedCause: causes } = temporal.api.enums.v1;
/** Something came while a task ended, or a server or worker was lost: the task is simply done again. */
const harmless: ReadonlySet<number> = new Set([
  causes.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
  causes.WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASK_QUEUE,
  causes.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
  causes.WORKFLOW_TASK_FAILED_CAUSE_FAILOVER_CLOSE_COMMAND,
  causes.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_UPDATE,
]);

/** Temporal's own complaints about what our workflows did; a task that a kill interrupted is none. */
export function wrongTasks(facts: Facts): string[] {
  return [...facts.told].flatMap(([ticket, { taskFailures }]) =>
    taskFailures.filter(({ cause }) => !harmless.has(cause)).map((failure) => `${ticket}: ${JSON.stringify(failure)}`),
  );
}
