import type { Refusal } from '@duban/contracts';
import { slots } from './activities';
import type { Taken } from './steps';
import type { Ticket } from './ticket';

const REMINDER = '预约提醒';
const BEGINS = '预约开始';
const DAY_MS = 86_400_000;

interface Options {
  /** The ticket is at its appointment: slots may be asked for. */
  open: () => boolean;
  alive: () => boolean;
}

/**
 * A ticket's appointment (B1): a step asks for a slot, the flow books it – the database decides between two who want the
 * last place – and reminds the customer the day before. Whatever ends the ticket gives its slot back.
 */
export function createReservation(ticket: Ticket, { open, alive }: Options) {
  const { state, clocks, policy } = ticket;
  /** A slot, or none, that a step asked for and the flow has not seen to yet. */
  let wish: { slot: string | null } | null = null;
  let booking: { slot: string; startsAt: number } | null = null;
  let attended: boolean | null = null;
  let noShows = 0;

  const free = () => open() && wish === null;
  const kept = () => booking !== null && attended === null;
  const ask = (slot: string | null) => void (wish = { slot });

  const steps = {
    reserve: {
      open: () => free() && booking === null,
      take: ({ command }: Taken<{ slot: string }>) => ask(command.slot),
    },
    rebook: {
      open: () => free() && kept(),
      take: ({ command }: Taken<{ slot: string }>) => ask(command.slot),
    },
    'cancel-reservation': {
      open: () => free() && kept(),
      take: () => ask(null),
    },
    'record-attendance': {
      open: () => free() && kept(),
      check: ({ at, command }: Taken<{ attended: boolean }>): Refusal | null =>
        !command.attended && at < booking!.startsAt ? { code: 'too-early', field: 'attended', detail: {} } : null,
      take: ({ at, command }: Taken<{ attended: boolean }>) => {
        attended = command.attended;
        if (!attended) noShows++;
        Object.assign(state.facts, { attended, noShows });
        clocks.stop('attendance', at);
        silence();
      },
    },
  };

  function silence(): void {
    clocks.silence(REMINDER);
    clocks.silence(BEGINS);
  }

  function booked(slot: string, startsAt: number): void {
    booking = { slot, startsAt };
    attended = null;
    Object.assign(state.facts, { slot, slotAt: startsAt });
    ticket.record('booked', { data: { slot, startsAt } });
    if (!alive()) return; // it ended meanwhile: the slot is given back at once
    ticket.tell('appointment-booked', [{ kind: 'customer' }], { dueAt: startsAt });
    clocks.stop('handling', Date.now());
    clocks.cancel('attendance', Date.now());
    const remindAt = startsAt - (policy.periods.appointmentReminder ?? DAY_MS);
    silence();
    if (remindAt > Date.now())
      clocks.alarm(REMINDER, remindAt, () =>
        ticket.tell('appointment-reminder', [{ kind: 'customer' }], { dueAt: startsAt }),
      );
    clocks.alarm(BEGINS, startsAt, () => clocks.start('attendance', startsAt));
  }

  async function release(): Promise<void> {
    await slots.releaseSlot({ ticket: ticket.start.ticket });
    const slot = String(state.facts.slot ?? '');
    booking = null;
    Object.assign(state.facts, { slot: null, slotAt: null });
    clocks.cancel('attendance', Date.now());
    silence();
    ticket.record('booking-released', { data: { slot } });
    if (alive()) ticket.tell('appointment-cancelled', [{ kind: 'customer' }]);
  }

  async function book(slot: string): Promise<void> {
    const answer = await slots.bookSlot({ ticket: ticket.start.ticket, slot });
    if (answer.booked) return booked(slot, answer.startsAt);
    ticket.record('not-booked', { data: { slot, reason: answer.reason } });
    ticket.tellHandler('slot-refused', { slot, reason: answer.reason });
  }

  /** Books and releases, one wish after the other, until the ticket is over. */
  async function run(): Promise<void> {
    for (;;) {
      await ticket.until(() => wish !== null || !alive());
      if (!wish) break;
      const { slot } = wish as { slot: string | null };
      await (slot === null ? release() : book(slot));
      wish = null;
    }
    if (kept()) await release();
  }

  return {
    steps,
    run,
    /** A slot is kept and nobody has said yet whether the customer came. */
    kept,
    attended: () => attended === true,
    noShows: () => noShows,
    /** The last appointment is over, one way or the other: another may be made. */
    forget: () => {
      if (attended === null) return;
      booking = null;
      attended = null;
    },
  };
}
