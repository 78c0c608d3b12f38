import { findTicket } from '@duban/database';
import { bodyHashOf, stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import type { Locale } from '../http/locale';
import type { Caller } from '../http/route';
import { refusalMessage } from '../tickets/refusals';

export interface MovedTicket {
  number: string;
  state: 'moved' | 'pending' | 'refused' | 'not-found';
  refusal: string | null;
}

/** So many steps are under way at once: each may wait for its workflow. */
const AT_ONCE = 5;

/**
 * Takes `move-policy` on each ticket (G5); the workflow decides whether it may. Nothing of the tickets is shown, so an
 * administrator may do it who may not read them. Repeated with the same key, each answers as before.
 */
export async function moveTickets(
  numbers: string[],
  request: { to: string; note: string | undefined; key: string; caller: Caller; locale: Locale; trace: string },
  deps: Deps,
): Promise<MovedTicket[]> {
  const moved = new Map<string, MovedTicket>();
  const left = [...numbers];
  const worker = async () => {
    for (let number = left.shift(); number !== undefined; number = left.shift())
      moved.set(number, await moveTicket(number, request, deps));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return numbers.map((number) => moved.get(number)!);
}

async function moveTicket(
  number: string,
  { to, note, key, caller: { actor }, locale, trace }: Parameters<typeof moveTickets>[1],
  deps: Deps,
): Promise<MovedTicket> {
  if (!(await findTicket(deps.db, number))) return { number, state: 'not-found', refusal: null };
  const body = { to, ...(note === undefined ? {} : { note }) };
  const outcome = await deps.delivery.takeStep({
    id: stepIdFor(actor.id, 'POST', `/api/v1/tickets/${number}/steps/move-policy`, key),
    ...{ ticket: number, step: 'move-policy', actor, trace, command: { to }, bodyHash: bodyHashOf(body) },
    material: note === undefined ? {} : { note },
  });
  if (outcome.state === 'refused')
    return { number, state: 'refused', refusal: refusalMessage(outcome.refusal, locale) };
  return { number, state: outcome.state === 'applied' ? 'moved' : 'pending', refusal: null };
}
