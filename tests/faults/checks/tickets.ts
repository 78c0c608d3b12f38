import { isDeepStrictEqual } from 'node:util';
import { projectionOf, type schema } from '@duban/database';
import type { Acknowledged } from '../people';
import type { Ending, SentSignal } from '../desk';
import type { Facts } from './facts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

/** Every request that was answered is there: the number exists, the step is settled and on the timeline, once. */
export function lostPromises(facts: Facts, acknowledged: Acknowledged[], signals: SentSignal[]): string[] {
  const wrong: string[] = [];
  const tickets = new Set(facts.tickets.map((ticket) => ticket.number));
  const steps = new Map(facts.steps.map((step) => [step.id, step]));
  const onTimeline = countBy(facts.timeline, (entry) => (entry.kind === 'step' ? (entry.step ?? '') : ''));
  for (const { kind, id, ticket, step: name, status } of acknowledged) {
    if (!tickets.has(ticket)) wrong.push(`${status} for ${ticket}, which does not exist`);
    if (kind === 'intake') continue;
    const step = steps.get(id);
    if (!step || step.ticket !== ticket || step.step !== name) wrong.push(`${status} for ${name} of ${ticket}: no row`);
    else if (step.state !== 'applied' && !(status === 202 && step.state === 'refused'))
      wrong.push(`${status} for ${name} of ${ticket}: ${step.state} (${step.lastError ?? ''})`);
    else if (step.state === 'applied' && onTimeline.get(id) !== 1 && !isReopenOfEnded(facts, id))
      wrong.push(`${name} of ${ticket} is ${onTimeline.get(id) ?? 0} times on the timeline`);
  }
  const ignored = countBy(facts.timeline, (entry) => (entry.kind === 'ignored' ? (entry.step ?? '') : ''));
  for (const { stepId, ticket, step, times, material } of signals) {
    const [taken, not] = [onTimeline.get(stepId) ?? 0, ignored.get(stepId) ?? 0];
    if (taken > 1 || taken + not !== times)
      wrong.push(`signal ${step} of ${ticket}, sent ${times} times: ${taken} taken, ${not} ignored`);
    const row = steps.get(stepId);
    const texts = facts.materials.find((m) => m.id === material)?.body ?? {};
    if (taken && !(row?.state === 'applied' && isDeepStrictEqual(plain(row.material), plain(texts))))
      wrong.push(`signal ${step} of ${ticket}: its row or texts are missing`);
  }
  return wrong;
}

/** A ticket whose workflow has ended is reopened without one: nobody is left to write the timeline. */
function isReopenOfEnded(facts: Facts, id: string): boolean {
  const step = facts.steps.find((row) => row.id === id)!;
  return step.step === 'reopen' && facts.told.get(step.ticket)?.status === 'completed';
}

/** The step log says what the histories say: applied is accepted once, and nothing is left unsettled. */
export function wrongSteps(facts: Facts): string[] {
  const wrong: string[] = [];
  const log = new Map(facts.steps.map((step) => [step.id, step]));
  for (const step of facts.steps) {
    const { id, state, ticket, step: name, origin } = step;
    if (state === 'pending' || state === 'sent')
      wrong.push(`${ticket} ${name} is still ${state}: ${step.lastError ?? ''}`);
    if (state !== 'applied' || origin !== 'api' || name === 'start' || isReopenOfEnded(facts, id)) continue;
    const times = facts.told.get(ticket)?.accepted.filter((accepted) => accepted === id).length ?? 0;
    if (times !== 1) wrong.push(`${ticket} ${name} is applied; its workflow accepted it ${times} times`);
  }
  for (const [ticket, { accepted, refusedLate }] of facts.told)
    for (const id of accepted) {
      const wanted = refusedLate.includes(id) ? 'refused' : 'applied';
      if (log.get(id)?.state !== wanted) wrong.push(`${ticket} ${id} should be ${wanted}, is ${log.get(id)?.state}`);
    }
  return wrong;
}

/** A ticket for each workflow and a workflow for each ticket, started by the very intake; numbers without gap. */
export function wrongPairs(facts: Facts): string[] {
  const wrong = [...facts.unreadable];
  const tickets = new Set(facts.tickets.map((ticket) => ticket.number));
  for (const id of facts.workflows) if (!tickets.has(id)) wrong.push(`workflow ${id} has no ticket`);
  for (const { number, startedAt } of facts.tickets) {
    const told = facts.told.get(number);
    const start = facts.steps.filter((step) => step.ticket === number && step.step === 'start');
    if (!facts.workflows.includes(number)) wrong.push(`ticket ${number} has no workflow`);
    else if (start.length !== 1 || told?.startedBy !== start[0]!.id || told.start.ticket !== number)
      wrong.push(`workflow ${number} was not started by its own intake`);
    if (!startedAt) wrong.push(`ticket ${number} is not marked started`);
    if (told?.status === 'failed') wrong.push(`workflow ${number} failed`);
  }
  const days = new Map<string, number[]>();
  for (const number of tickets)
    days.set(number.slice(0, 8), [...(days.get(number.slice(0, 8)) ?? []), Number(number.slice(8))]);
  for (const [day, serials] of days) {
    const last = facts.serials.find(({ series }) => series === `ticket:${day}`)?.last;
    serials.sort((a, b) => a - b);
    if (serials.some((serial, i) => serial !== i + 1) || last !== serials.length)
      wrong.push(`${day}: numbers ${serials[0]}…${serials.at(-1)}, ${serials.length} of them, last given ${last}`);
  }
  return wrong;
}

/** Every column and the whole snapshot of every ticket is the workflow's own answer. */
export function wrongProjections(facts: Facts): string[] {
  return facts.tickets.flatMap((row) => {
    const state = facts.states.get(row.number);
    if (!state) return [`${row.number} has no state`];
    const wanted = projectionOf(state);
    return (Object.keys(wanted) as Array<keyof typeof wanted>)
      .filter((column) => !isDeepStrictEqual(plain(row[column]), plain(wanted[column])))
      .map((column) => `${row.number} ${column}: ${text(row[column])} instead of ${text(wanted[column])}`);
  });
}

const text = (value: unknown) => JSON.stringify(value)?.slice(0, 300);

/** The timeline holds what the workflow answered and published: row by row, nothing else. */
export function wrongTimelines(facts: Facts): string[] {
  type Row = typeof schema.timeline.$inferSelect;
  const kept = new Map<string, Row[]>();
  for (const row of facts.timeline) kept.set(row.ticket, [...(kept.get(row.ticket) ?? []), row]);
  return [...facts.told].flatMap(([ticket, { changes }]) => {
    const wrong: string[] = [];
    const rows = new Map((kept.get(ticket) ?? []).map((row) => [`${row.revision}.${row.index}`, row]));
    for (const { revision, index, at, kind, actor, step, data } of changes) {
      const row = rows.get(`${revision}.${index}`);
      rows.delete(`${revision}.${index}`);
      const same =
        row?.at.getTime() === at &&
        isDeepStrictEqual(
          plain([row.kind, row.actor, row.step, row.data]),
          plain([kind, actor ?? null, step ?? null, data ?? null]),
        );
      if (!same) wrong.push(`${ticket} ${revision}.${index} ${kind}: ${row ? text(row) : 'missing'}`);
    }
    for (const id of rows.keys()) wrong.push(`${ticket} ${id}: told by nobody`);
    const revisions = new Set(changes.map((change) => change.revision)).size;
    if (revisions !== facts.states.get(ticket)?.revision)
      wrong.push(`${ticket}: ${revisions} revisions told of ${facts.states.get(ticket)?.revision}`);
    return wrong;
  });
}

/** Every story came to its end, and no ticket is somewhere that no story knows. */
export function wrongEndings(facts: Facts, endings: Ending[]): string[] {
  const wrong: string[] = [];
  const expected = new Map(endings.map((ending) => [ending.ticket, ending]));
  for (const { number, archived, stage, outcome } of facts.tickets) {
    const ending = expected.get(number);
    if (!ending) wrong.push(`${number} at ${stage} is in no story`);
    else if (ending.archived !== archived || ending.stage !== stage || (ending.outcome ?? null) !== outcome)
      wrong.push(`${number} is at ${stage} (${outcome}), not ${ending.stage} (${ending.outcome ?? null})`);
    const completed = facts.told.get(number)?.status === 'completed';
    if (completed !== archived) wrong.push(`${number}: archived ${archived}, workflow completed ${completed}`);
  }
  return wrong;
}

export function countBy<T>(items: T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
