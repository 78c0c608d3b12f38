import type { Refusal } from '@duban/contracts';
import type { Case } from './case';
import type { Taken } from './steps';

/** The customer is asked whether that was it (G11); content only when nothing else is open, and then it ends. */
export function confirmStep(
  { ticket, help, handled }: Pick<Case, 'ticket' | 'help' | 'handled'>,
  asked: () => boolean,
  confirmed: (satisfied: boolean, at: number) => void,
) {
  const escalation = () => ticket.state.links.find((l) => l.kind === 'escalates-to' && l.open)?.ticket ?? '';
  return {
    open: () => handled() && asked(),
    check: ({ command }: Taken<{ satisfied: boolean }>): Refusal | null => {
      if (!command.satisfied) return null;
      return ticket.escalationOpen() ? { code: 'escalation-open', detail: { ticket: escalation() } } : help.refusal();
    },
    take: ({ at, command }: Taken<{ satisfied: boolean }>) => confirmed(command.satisfied, at),
  };
}
