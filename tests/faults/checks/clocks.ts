import type { ClockView } from '@duban/contracts';
import type { Rung } from '@duban/policy';
import type { Facts } from './facts';
import type { Told } from './histories';

const kinds = { remind: 'reminded', warn: 'warned', breach: 'breached', escalate: 'escalated-up' } as const;
const templates = {
  reminded: 'ticket-reminder',
  warned: 'clock-warning',
  breached: 'clock-breached',
  'escalated-up': 'clock-escalated',
} as const;
type RungKind = keyof typeof templates;
/** A busy server fires a timer so late: what fell due just before the state was asked for need not be in it. */
const LATE_MS = 5_000;

/** One run of a clock, as last seen. */
interface Run {
  view: ClockView;
  /** Until when it certainly ran, ms. */
  until: number;
}

/**
 * Every rung that fell due while its clock ran is on the timeline with the due instant, once, and was told to somebody.
 * Reckoned from what histories and queries show of the clocks, apart from the product's own arithmetic.
 */
export function missedRungs(facts: Facts): string[] {
  return [...facts.told].flatMap(([ticket, told]) => {
    const state = facts.states.get(ticket);
    if (!state) return [];
    const entries = facts.timeline
      .filter((entry) => entry.ticket === ticket && entry.kind in templates)
      .map((entry) => ({ ...entry, at: entry.at.getTime(), data: entry.data as Record<string, unknown> }));
    const wrong: string[] = [];
    const seen = new Set<string>();
    for (const { kind, at, data } of entries) {
      const id = `${kind} ${data.clock} ${data.late} ${data.dueAt} ${at}`;
      if (seen.has(id)) wrong.push(`${ticket} ${id} twice`);
      seen.add(id);
      const wanted = { clock: data.clock, dueAt: data.dueAt };
      const isTold = told.messages.some(
        (m) =>
          m.template === templates[kind as RungKind] && m.data.clock === wanted.clock && m.data.dueAt === wanted.dueAt,
      );
      if (!isTold) wrong.push(`${ticket} ${id}: nobody was told`);
    }
    for (const run of runsOf(told, state.clocks, facts.askedAt.get(ticket)! - LATE_MS))
      for (const rung of told.start.policy.clocks[run.view.name]?.ladder ?? []) {
        const at = instantOf(run.view, rung);
        if (!isDue(told, run, rung, at)) continue;
        const found = entries.some(
          (entry) =>
            entry.kind === kinds[rung.act] &&
            entry.at === at &&
            entry.data.clock === run.view.name &&
            (run.view.department === undefined || entry.data.late === run.view.department),
        );
        if (!found) wrong.push(`${ticket} ${run.view.key} ${rung.act} due at ${at} (${JSON.stringify(run)})`);
      }
    return wrong;
  });
}

/** How many rungs there are on the timeline, by kind. */
export function countRungs(facts: Facts): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of facts.timeline) if (kind in templates) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** A clock may run several times: each start is a run of its own. */
function runsOf(told: Told, now: ClockView[], seenAt: number): Run[] {
  const runs = new Map<string, Run>();
  const sightings = [...told.sightings, { clocks: now, known: seenAt }];
  for (const { clocks, known } of sightings)
    for (const view of clocks) {
      const id = `${view.key} ${view.startedAt}`;
      const until = view.stoppedAt ?? Math.max(known, runs.get(id)?.until ?? 0);
      runs.set(id, { view, until });
    }
  return [...runs.values()];
}

function instantOf({ startedAt, dueAt }: ClockView, { at }: Rung): number {
  return 'percent' in at ? startedAt + Math.round(((dueAt - startedAt) * at.percent) / 100) : dueAt + at.afterDueMs;
}

/** Whether the rung's instant lies in the run. With pauses only the due instant itself is known from the view. */
function isDue(told: Told, { view, until }: Run, rung: Rung, at: number): boolean {
  if (at >= until || view.state === 'paused') return false;
  const mayHavePaused =
    told.start.policy.clocks[view.name]?.pausable && told.changes.some((c) => c.data?.step === 'wait-for-customer');
  return !mayHavePaused || rung.act === 'breach';
}
