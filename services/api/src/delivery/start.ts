import type { DubanClient } from '@duban/client';
import type { Priority, Process, TicketStart } from '@duban/contracts';
import { type Database, type LeasedStep, type StartExtras, findTicket, frozenPolicy } from '@duban/database';
import type { FrozenPolicy } from '@duban/policy';

/** Shorter than any retention: within it a second start of the same id is refused by Temporal itself (design 12). */
const REDELIVERY_MS = 24 * 3_600_000;
const KEPT_POLICIES = 100;
/** So soon do new tickets begin with days that were brought into a calendar. */
const FRESH_MS = 30_000;

/** Starts a ticket's workflow from its rows; again for the same step nothing more happens. */
export function createStarter(database: Database, duban: DubanClient) {
  const frozen = new Map<string, { at: number; policy: FrozenPolicy }>();

  /** @throws when the policy is unknown, the number is another intake's, or Temporal does not answer */
  async function start(step: LeasedStep): Promise<void> {
    const ticket = await findTicket(database.db, step.ticket);
    if (!ticket?.startedAt) throw new Error(`ticket ${step.ticket} is not marked started`);
    if (Date.now() - ticket.startedAt.getTime() > REDELIVERY_MS)
      throw new Error('start-too-old: look whether its workflow ran, then settle it by hand');
    const process = ticket.process as Process;
    const input: TicketStart = {
      ticket: ticket.number,
      process,
      type: ticket.type,
      category: ticket.category,
      group: ticket.group,
      priority: ticket.priority as Priority,
      policy: await policyOf(ticket.policy, ticket.policyVersion, process, [ticket.category, ticket.priority]),
      stepId: step.id,
      actor: step.actor,
      waitedMs: step.waitedMs,
      ...(step.command as StartExtras),
      ...(step.trace === null ? {} : { trace: step.trace }),
    };
    await duban.start(input);
  }

  /** A limit for the ticket's sub-category stands before the one for its priority (G5). */
  async function policyOf(id: string, version: number, process: Process, keys: string[]): Promise<FrozenPolicy> {
    const key = [id, version, process, ...keys].join('\n');
    const known = frozen.get(key);
    if (known && performance.now() - known.at < FRESH_MS) return known.policy;
    const policy = await frozenPolicy(database.db, { id, version }, process, keys);
    if (!policy) throw new Error(`policy ${id} version ${version} does not exist`);
    if (frozen.size >= KEPT_POLICIES) frozen.clear();
    frozen.set(key, { at: performance.now(), policy });
    return policy;
  }

  return { start };
}
