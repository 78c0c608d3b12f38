import { type Refusal, type ServiceKind, type ServiceStage, serviceStages } from '@duban/contracts';
import type { Taken } from './steps';
import { askDepartment, contactOf } from './departments';
import type { Ticket } from './ticket';

/**
 * Goods taken back, exchanged or repaired (A1): stage by stage in the order of their kind, each told to the customer, by
 * a department or, where none was named, by the handler.
 */
export function createServiceWork(ticket: Ticket, open: () => boolean) {
  const { state, clocks } = ticket;
  let wanted: readonly ServiceStage[] = [];
  let reached = 0;
  let department: string | null = null;
  const done = () => reached === wanted.length;

  return {
    step: {
      open: () => open() && !done(),
      check: ({ command }: Taken<{ stage: ServiceStage }>): Refusal | null =>
        wanted[reached] === command.stage ? null : { code: 'wrong-order', field: 'stage' },
      take: ({ at, command }: Taken<{ stage: ServiceStage }>) => {
        reached++;
        state.facts.serviceStage = command.stage;
        ticket.tell('service-stage-told', [{ kind: 'customer' }], { serviceStage: command.stage });
        if (!done()) return;
        clocks.stop('carry-out', at);
        const asked = state.departments.find(({ id }) => id === department);
        if (asked) asked.state = 'delivered';
      },
    },
    want: (kind: ServiceKind | null) => {
      wanted = kind === null ? [] : serviceStages[kind];
      reached = 0;
    },
    done,
    ask: (kind: ServiceKind, id: string | null) => {
      department = id;
      clocks.start('carry-out', Date.now());
      if (id === null) return ticket.tellHandler('service-wanted', { kind });
      askDepartment(ticket, id);
      ticket.tell('service-wanted', contactOf(id), { kind });
    },
  };
}
