import type { Refusal } from '@duban/contracts';
import type { Case } from './case';
import type { Taken } from './steps';

/** The customer is asked whether that was it (G11); content only when nothing else is open, and then it ends. */
export function confirmStep(
  { handled, unfinished }: Pick<Case, 'handled' | 'unfinished'>,
  asked: () => boolean,
  confirmed: (satisfied: boolean, at: number) => void,
) {
  return {
    open: () => handled() && asked(),
    check: ({ command }: Taken<{ satisfied: boolean }>): Refusal | null => (command.satisfied ? unfinished() : null),
    take: ({ at, command }: Taken<{ satisfied: boolean }>) => confirmed(command.satisfied, at),
  };
}
