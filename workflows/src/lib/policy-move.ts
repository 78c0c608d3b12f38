import type { Refusal } from '@duban/contracts';
import { policies } from './activities';
import type { Taken } from './steps';
import type { Ticket } from './ticket';

/**
 * "Move this ticket to the new version" (G5): the step names a published version, the flow reads its part for this
 * ticket, and running clocks go on under it with the time they have used. `moved` hears of it.
 */
export function createPolicyMove(ticket: Ticket, moved: () => void = () => undefined) {
  const { state, start } = ticket;
  let wanted: string | null = null;
  let over = false;

  const step = {
    open: () => state.closedAt === null,
    check: ({ command }: Taken<{ to: string }>): Refusal | null =>
      command.to === (wanted ?? nameOf(ticket.policy))
        ? { code: 'same-policy', field: 'to', detail: { policy: command.to } }
        : null,
    take: ({ command }: Taken<{ to: string }>) => void (wanted = command.to),
  };

  async function run(): Promise<void> {
    for (;;) {
      await ticket.until(() => over || wanted !== null);
      if (over || wanted === null) return;
      const to: string = wanted;
      try {
        const keys = [start.category, start.priority];
        const next = await policies.loadPolicy({ policy: to, process: start.process, keys });
        const from = nameOf(ticket.policy);
        if (state.closedAt === null) {
          ticket.record('policy-moved', { data: { from, to } });
          ticket.clocks.follow(next, Date.now());
          moved();
        }
      } catch {
        ticket.record('attention', { data: { cause: 'policy-unknown', policy: to } });
        ticket.tell('attention-wanted', ticket.supervisors);
      }
      if (wanted === to) wanted = null; // else somebody wants yet another one
    }
  }

  return { step, run, end: () => void (over = true) };
}

export type PolicyMove = ReturnType<typeof createPolicyMove>;

/** `manual:2`, as steps and timelines name a version. */
const nameOf = ({ id, version }: { id: string; version: number }) => `${id}:${version}`;
