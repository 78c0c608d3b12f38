import type { ClockView } from '@duban/contracts';
import { type Db, type PastClocks, publicDaysFrom, readPastClocks } from '@duban/database';
import { type FrozenPolicy, type PolicyDefinition, dueAt } from '@duban/policy';
import { freezePolicy, withPublicDays } from '@duban/policy/compile';
import { setImmediate } from 'node:timers/promises';

/** Read and computed at a time; other requests get their turn in between. */
const CHUNK = 250;
const EXAMPLES = 5;
const DAY_MS = 86_400_000;

/** What one clock of one category did and would have done. */
export interface PreviewRow {
  process: string;
  clock: string;
  category: string;
  /** Runs of the clock that were looked at, the latest of each ticket. */
  runs: number;
  lateThen: number;
  lateUnderDraft: number;
  /** Runs before the latest one, and how many were late; when they ran is not kept, so the draft says nothing of them. */
  earlierRuns: number;
  earlierLate: number;
  /** Ticket numbers, a few of each. */
  newlyLate: string[];
  noLongerLate: string[];
}
export interface Preview {
  tickets: number;
  /** More tickets of the period were left out than `tickets` allows. */
  truncated: boolean;
  from: Date;
  rows: PreviewRow[];
}

/**
 * What would have been late under a draft, over the tickets of the last `days` days, at most `tickets` of them, the
 * newest first (G5, G13). A deadline that a person named stays as it was; a clock that the draft leaves out is late
 * nowhere. Nothing is written.
 */
export async function previewPolicy(
  db: Db,
  definition: PolicyDefinition,
  bounds: { days: number; tickets: number; now?: Date },
): Promise<Preview> {
  const now = bounds.now ?? new Date();
  const from = new Date(now.getTime() - bounds.days * DAY_MS);
  const rules = rulesOf(withPublicDays(definition, await publicDaysFrom(db, from.getUTCFullYear())));
  const rows = new Map<string, PreviewRow>();
  let before: { at: Date; number: string } | undefined;
  let tickets = 0;
  for (;;) {
    const limit = Math.min(CHUNK, bounds.tickets - tickets + 1); // one more tells whether any is left out
    const chunk = await readPastClocks(db, { since: from, limit, ...(before ? { before } : {}) });
    const counted = chunk.slice(0, bounds.tickets - tickets);
    for (const ticket of counted) examine(ticket, rules(ticket), now.getTime(), rows);
    tickets += counted.length;
    if (counted.length < chunk.length || chunk.length < limit)
      return { tickets, truncated: counted.length < chunk.length, from, rows: sorted(rows) };
    const last = chunk.at(-1)!;
    before = { at: last.createdAt, number: last.number };
    await setImmediate();
  }
}

/** The draft as each kind of ticket would live by it; a process that it does not have has no clocks. */
function rulesOf(definition: PolicyDefinition) {
  const frozen = new Map<string, FrozenPolicy | null>();
  return ({ process, category, priority }: PastClocks): FrozenPolicy | null => {
    const key = `${process}\n${category}\n${priority}`;
    const known = frozen.get(key);
    if (known !== undefined) return known;
    const made = definition.clocks[process]
      ? freezePolicy(definition, { id: 'draft', version: 0 }, process, [category, priority])
      : null;
    frozen.set(key, made);
    return made;
  };
}

function examine(ticket: PastClocks, policy: FrozenPolicy | null, now: number, rows: Map<string, PreviewRow>): void {
  const { number, process, category } = ticket;
  const rowOf = (clock: string): PreviewRow => {
    const key = `${process}\n${clock}\n${category}`;
    const row = rows.get(key) ?? {
      ...{ process, clock, category, runs: 0, lateThen: 0, lateUnderDraft: 0, earlierRuns: 0, earlierLate: 0 },
      ...{ newlyLate: [], noLongerLate: [] },
    };
    rows.set(key, row);
    return row;
  };
  for (const [name, { met, breached }] of Object.entries(ticket.earlierRuns)) {
    const row = rowOf(name);
    row.earlierRuns += met + breached;
    row.earlierLate += breached;
  }
  for (const clock of ticket.clocks) {
    const row = rowOf(clock.name);
    const then = clock.breachedAt !== undefined;
    const draft = lateUnder(policy, clock, ticket, now);
    row.runs++;
    if (then) row.lateThen++;
    if (draft) row.lateUnderDraft++;
    if (draft && !then && row.newlyLate.length < EXAMPLES) row.newlyLate.push(number);
    if (then && !draft && row.noLongerLate.length < EXAMPLES) row.noLongerLate.push(number);
  }
}

function lateUnder(policy: FrozenPolicy | null, clock: ClockView, { pauses }: PastClocks, now: number): boolean {
  if (clock.promised) return clock.breachedAt !== undefined;
  const rule = policy?.clocks[clock.name];
  const calendar = rule && policy?.calendars[rule.calendar];
  if (!rule || !calendar) return false;
  const end = clock.stoppedAt ?? now;
  return end > dueAt(calendar, clock.startedAt, rule.target, rule.pausable ? pauses : []);
}

/** The greatest changes first. */
function sorted(rows: Map<string, PreviewRow>): PreviewRow[] {
  const change = (row: PreviewRow) => Math.abs(row.lateUnderDraft - row.lateThen);
  return [...rows.values()].sort((a, b) => change(b) - change(a) || b.runs - a.runs || (a.clock < b.clock ? -1 : 1));
}
