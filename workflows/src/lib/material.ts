import type { Refusal, WantedMaterial } from '@duban/contracts';
import { isSupervisor } from './identity';
import type { Taken } from './steps';
import type { Ticket } from './ticket';

interface Given {
  codes: WantedMaterial[];
  waived?: boolean;
}

/**
 * What the customer still has to give (A1). While something is missing the ticket waits for the customer; the clock
 * `material` reminds them, and in the end tells the handler, who may then go on without it.
 */
export function createMaterial(ticket: Ticket, open: () => boolean) {
  const { state, clocks } = ticket;
  let missing: WantedMaterial[] = [];

  const show = () => void (state.facts.missing = [...missing]);

  function waitEnds(at: number): void {
    clocks.stop('material', at);
    state.waiting = false;
    clocks.resumeAll(at);
  }

  return {
    step: {
      open: () => open() && missing.length > 0,
      check: ({ actor, command }: Taken<Given>): Refusal | null => {
        if (!command.codes.every((code) => missing.includes(code))) return { code: 'not-wanted', field: 'codes' };
        const late = clocks.get('material')?.breachedAt !== undefined;
        return command.waived && !late && !isSupervisor(actor)
          ? { code: 'for-supervisor', field: 'waived', detail: { step: 'record-material' } }
          : null;
      },
      take: ({ at, command }: Taken<Given>) => {
        missing = missing.filter((code) => !command.codes.includes(code));
        const list = command.waived ? 'waivedMaterial' : 'givenMaterial';
        state.facts[list] = [...((state.facts[list] as string[] | undefined) ?? []), ...command.codes];
        show();
        if (missing.length === 0) waitEnds(at);
      },
    },
    want: (codes: WantedMaterial[]) => {
      missing = [...codes];
      show();
    },
    /** Nothing is wanted any more: the application is made anew. */
    forget: (at: number) => {
      if (missing.length > 0) waitEnds(at);
      missing = [];
      show();
    },
    complete: () => missing.length === 0,
    /** The customer is asked, and waited for. */
    ask: (at: number) => {
      state.waiting = true;
      clocks.start('material', at);
      clocks.pauseAll(at);
      ticket.tell('material-wanted', [{ kind: 'customer' }], { materials: missing.join(',') });
    },
  };
}
