import type { Actor, Addressee, Refusal } from '@duban/contracts';
import { isSupervisor } from './identity';
import type { Taken } from './steps';
import type { Ticket } from './ticket';

interface Options {
  /** The application was reviewed and passed. */
  reviewed: () => boolean;
  carriedOut: () => boolean;
}

/**
 * Money for a customer (A1): approved by amount – up to the policy's limit a team leader, beyond it a supervisor, below
 * the rule's own amount nobody –, then paid once, exactly what was approved.
 */
export function createRefund(ticket: Ticket, { reviewed, carriedOut }: Options) {
  const { clocks, policy } = ticket;
  let owedFen = 0;
  let approvalFromFen = 0;
  let approved: boolean | null = null;
  let paid = false;

  const needsApproval = () => owedFen > 0 && owedFen >= approvalFromFen;
  const supervisors = () => owedFen > (policy.limits.leaderRefundFen ?? 50_000);
  const deciding = () => reviewed() && needsApproval() && approved === null;
  const cleared = () => reviewed() && (!needsApproval() || approved === true);
  const notTheirs = (actor: Actor, step: string): Refusal | null =>
    supervisors() && !isSupervisor(actor)
      ? { code: 'for-supervisor', detail: { step } }
      : actor.id === ticket.state.handler
        ? { code: 'not-yours', detail: { step } } // four eyes
        : null;
  const wrongAmount = ({ amountFen }: { amountFen: number }): Refusal | null =>
    amountFen === owedFen ? null : { code: 'wrong-amount', field: 'amountFen', detail: { amountFen: owedFen } };
  const decided = (as: boolean, at: number) => {
    approved = as;
    clocks.stop('refund-approval', at);
  };

  return {
    steps: {
      'approve-refund': {
        open: deciding,
        check: ({ actor, command }: Taken<{ amountFen: number }>) =>
          notTheirs(actor, 'approve-refund') ?? wrongAmount(command),
        take: ({ at }: Taken<unknown>) => decided(true, at),
      },
      'reject-refund': {
        open: deciding,
        check: ({ actor }: Taken<unknown>) => notTheirs(actor, 'reject-refund'),
        take: ({ at }: Taken<unknown>) => decided(false, at),
      },
      'record-refund': {
        open: () => cleared() && carriedOut() && owedFen > 0 && !paid,
        check: ({ command }: Taken<{ amountFen: number }>) => wrongAmount(command),
        take: ({ at }: Taken<unknown>) => {
          paid = true;
          clocks.stop('refund', at);
          ticket.tell('refund-made', [{ kind: 'customer' }]);
        },
      },
    },
    /** This much is asked for; somebody approves it from `fromFen` on. */
    want: (amountFen: number, fromFen: number) => {
      owedFen = amountFen;
      approvalFromFen = fromFen;
      approved = null;
      paid = false;
    },
    askForApproval: () => {
      clocks.start('refund-approval', Date.now());
      const leader: Addressee[] = [{ kind: 'role', role: 'team-leader' }];
      const to = supervisors() ? ticket.supervisors : leader;
      ticket.tell('refund-approval-wanted', to, { amountFen: owedFen });
    },
    askForPayment: () => {
      clocks.start('refund', Date.now());
      ticket.tellHandler('refund-wanted', { amountFen: owedFen });
    },
    needsApproval,
    /** Approved, rejected, or null while nobody has decided. */
    approved: () => approved,
    /** Nobody need approve it any more. */
    cleared,
    owed: () => owedFen > 0,
    paid: () => paid,
  };
}
