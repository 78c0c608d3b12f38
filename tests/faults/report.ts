import { countRungs } from './checks/clocks';
import { countBy } from './checks/tickets';
import type { Scene } from './scene';

const list = (counts: Iterable<[string, number]>) =>
  [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
const sum = (counts: Iterable<[string, number]>) => [...counts].reduce((total, [, count]) => total + count, 0);

/** What a run has been through, in words. */
export function reportOf({ tally, facts, desk, inFlight, system, took }: Scene): string {
  const { kills, crashes, duringRecovery } = tally;
  const again = new Map<string, number>();
  let timeouts = 0;
  for (const told of facts.told.values()) {
    for (const [type, count] of Object.entries(told.again)) again.set(type, (again.get(type) ?? 0) + count);
    timeouts += told.taskTimeouts;
  }
  const resent = facts.steps.reduce((total, step) => total + Math.max(0, step.attempts - 1), 0);
  const { acknowledged, counts } = desk.people;
  const used = acknowledged.reduce((total, { answers }) => total + answers - 1, 0);
  const taken = new Map(
    facts.steps.map((step) => [step.step === 'start' ? step.ticket : step.id, step.takenAt.getTime()]),
  );
  const afterLoss = acknowledged.filter(
    ({ id, sends, answers, answeredSendAt }) => sends > answers && taken.get(id)! < answeredSendAt,
  );
  const signalsAgain = desk.signals.reduce((total, { times }) => total + times - 1, 0);
  const pairs = (record: Record<string, number>) => Object.entries(record);
  const late = acknowledged.filter(({ status }) => status === 202).length;
  return [
    `seconds: ${list(pairs(took))}`,
    `${facts.tickets.length} tickets (${list(countBy(facts.tickets, (t) => t.process))}), ${inFlight} in flight at once; ` +
      `${facts.tickets.filter((t) => t.archived).length} archived, the others at rest`,
    `${sum(pairs(kills))} kills: ${list(pairs(kills))}; ${duringRecovery} of the acts during another's recovery`,
    `${sum(pairs(crashes))} deaths at named points: ${list(pairs(crashes))}`,
    `${counts().requests} requests, ${counts().resends} sent again; ${acknowledged.length} acknowledged (${late} by 202), ` +
      `${desk.signals.length} signals; refused: ${list(pairs(desk.refusals)) || 'none'}`,
    `ran again: ${sum(again)} activities (${list(again)}), ${resent} steps sent to Temporal again, ${timeouts} workflow tasks`,
    `refused as duplicates: ${used + afterLoss.length} requests under a used key (${afterLoss.length} after a lost answer), ` +
      `${signalsAgain} signals`,
    `${sum(pairs(countRungs(facts)))} rungs of clocks: ${list(pairs(countRungs(facts)))}`,
    `deliveries: ${list(countBy(facts.deliveries, (row) => `${row.channel} ${row.state}`))}; ` +
      `${system.sms.received.length} SMS and ${system.mail.received.length} mails arrived; ${facts.notifications.length} in the application`,
  ].join('\n');
}
