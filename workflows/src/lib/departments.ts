import type { Addressee } from '@duban/contracts';
import type { Ticket } from './ticket';

/** Who speaks for a department. */
export const contactOf = (id: string): Addressee[] => [{ kind: 'department', id, role: 'department-contact' }];

/** The department takes part in the ticket, and something is wanted of it; also when it has done its part before. */
export function askDepartment({ state }: Ticket, id: string): void {
  const department = state.departments.find((d) => d.id === id);
  if (department) department.state = 'asked';
  else state.departments.push({ id, state: 'asked' });
}
