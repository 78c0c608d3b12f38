import { type SQL, eq, or, sql } from 'drizzle-orm';
import { tickets } from './schema';

/**
 * What a caller may see, as data: a ticket is visible when one grant fits it. Both readers of a grant stand below, so
 * that a list and a live event cannot disagree.
 */
export type Grant =
  | { kind: 'all' }
  /** Every customer's matter; of quality checks those one has, and those of one's own work once they are scored. */
  | { kind: 'desk'; staff: string }
  /** Everything but quality checks of one's own work that are not scored yet. */
  | { kind: 'judge'; staff: string }
  | { kind: 'departments'; ids: string[] }
  | { kind: 'handler'; staff: string }
  | { kind: 'creator'; id: string }
  | { kind: 'investigator'; staff: string }
  /** Revisits, and whatever is at a stage that waits for the revisit group. */
  | { kind: 'revisit' }
  /** Emergencies that one was called to, or has a task in. */
  | { kind: 'alarmed'; keys: string[] }
  | { kind: 'closed' }
  | { kind: 'committee' };

/** The columns grants look at. */
export type SeenTicket = Pick<
  typeof tickets.$inferSelect,
  'process' | 'stage' | 'handler' | 'supporters' | 'departments' | 'createdBy' | 'closedAt' | 'breaches' | 'snapshot'
>;

export function isVisible(grants: Grant[], ticket: SeenTicket): boolean {
  const facts = ticket.snapshot?.facts ?? {};
  const ruled = ticket.snapshot?.clocks.some(({ name }) => name === 'ruling') ?? false;
  return grants.some((grant) => {
    switch (grant.kind) {
      case 'all':
        return true;
      case 'desk':
        if (ticket.process !== 'quality-check') return true;
        return ticket.handler === grant.staff || (facts.checkedAgent === grant.staff && facts.scored === true);
      case 'judge':
        return ticket.process !== 'quality-check' || facts.checkedAgent !== grant.staff || facts.scored === true;
      case 'departments':
        return ticket.departments.some((id) => grant.ids.includes(id));
      case 'handler':
        return ticket.handler === grant.staff || ticket.supporters.includes(grant.staff);
      case 'creator':
        return ticket.createdBy === grant.id;
      case 'investigator':
        return (
          ticket.process === 'complaint' &&
          (facts.groupLead === grant.staff ||
            (Array.isArray(facts.groupMembers) && facts.groupMembers.includes(grant.staff)))
        );
      case 'revisit':
        return ticket.process === 'revisit' || ticket.stage === 'revisiting' || ticket.stage === 'following-up';
      case 'alarmed':
        return Array.isArray(facts.told) && facts.told.some((key) => grant.keys.includes(key));
      case 'closed':
        return ticket.closedAt !== null && ticket.process !== 'quality-check';
      case 'committee':
        return ticket.process === 'escalation' && (ticket.breaches > 0 || ruled);
    }
  });
}

/** A condition by which tickets are found. `small`: its index has no order of time, and it fits few rows. */
export interface Way {
  is: SQL;
  small?: true;
}

/** Grants as conditions, any of which lets a ticket through; undefined when everything is visible. */
export function waysTo(grants: Grant[]): Way[] | undefined {
  if (grants.some((grant) => grant.kind === 'all')) return undefined;
  // Each is written as its index is (schema/tickets.ts), literals included, or the planner would not see that it fits.
  return grants.flatMap((grant): Way[] => {
    switch (grant.kind) {
      case 'all':
        return [];
      case 'judge':
        return [
          {
            is: sql`(${tickets.process} <> 'quality-check' or ${tickets.snapshot}->'facts' @> '{"scored": true}'
              or (${tickets.snapshot}->'facts'->>'checkedAgent') is distinct from ${grant.staff})`,
          },
        ];
      case 'desk':
        return [
          { is: sql`${tickets.process} <> 'quality-check'` },
          ofChecks(eq(tickets.handler, grant.staff)),
          ofChecks(sql`(${tickets.snapshot}->'facts'->>'checkedAgent') = ${grant.staff}
            and ${tickets.snapshot}->'facts' @> '{"scored": true}'`),
        ];
      case 'departments':
        return [{ is: sql`${tickets.departments} && ${textArray(grant.ids)}` }];
      case 'handler':
        return handledBy(grant.staff);
      case 'creator':
        return [{ is: eq(tickets.createdBy, grant.id) }];
      case 'investigator':
        return [
          ofComplaints(sql`(${tickets.snapshot}->'facts'->>'groupLead') = ${grant.staff}`),
          ofComplaints(sql`(${tickets.snapshot}->'facts'->'groupMembers') ? ${grant.staff}`),
        ];
      case 'revisit':
        return [
          { is: sql`${tickets.stage} in ('revisiting', 'following-up')` },
          { is: sql`${tickets.process} = 'revisit'` },
        ];
      case 'alarmed':
        return [
          {
            is: sql`${tickets.process} = 'emergency' and ${tickets.snapshot}->'facts'->'told' ?| ${textArray(grant.keys)}`,
            small: true,
          },
        ];
      case 'closed':
        return [{ is: sql`${tickets.closedAt} is not null and ${tickets.process} <> 'quality-check'` }];
      case 'committee':
        return [{ is: sql`${tickets.process} = 'escalation' and (${tickets.breaches} > 0 or ${ruled})` }];
    }
  });
}

const ruled = sql`${tickets.snapshot}->'clocks' @> '[{"name": "ruling"}]'`;

function ofComplaints(is: SQL): Way {
  return { is: sql`${tickets.process} = 'complaint' and ${is}`, small: true };
}

function ofChecks(is: SQL): Way {
  return { is: sql`${tickets.process} = 'quality-check' and ${is}`, small: true };
}

export function handledBy(staff: string): Way[] {
  const helping = sql`${tickets.supporters} <> '{}' and ${tickets.supporters} @> ${textArray([staff])}`;
  return [{ is: eq(tickets.handler, staff) }, { is: helping, small: true }];
}

/** One condition for all grants; without any, nothing is visible. */
export function visibleTo(grants: Grant[]): SQL | undefined {
  const ways = waysTo(grants);
  return ways?.length === 0 ? sql`false` : or(...(ways ?? []).map(({ is }) => is));
}

/** An array parameter: drizzle would spread it into a list. */
export function textArray(values: string[]): SQL {
  return sql`${sql.param(values)}::text[]`;
}
