import type { EmergencyTask, Refusal } from '@duban/contracts';
import { allow } from './alarm';
import type { Ticket } from './ticket';

/**
 * Tasks that run side by side, each with an owner, a limit and a clock of its own (U1). The ticket's facts show them as
 * `id:open`, `id:done` or `id:not-needed`.
 */
export function createChecklist(ticket: Ticket) {
  const { state, clocks } = ticket;
  const tasks = new Map<string, { task: EmergencyTask; outcome: string | null }>();

  const show = () =>
    void (state.facts.tasks = [...tasks.values()].map(({ task, outcome }) => `${task.id}:${outcome ?? 'open'}`));
  const open = () => [...tasks.values()].filter(({ outcome }) => outcome === null);

  function add(task: EmergencyTask, at: number): void {
    if (tasks.has(task.id)) return;
    tasks.set(task.id, { task, outcome: null });
    const { owner } = task;
    if (owner.kind === 'department' && !state.departments.some(({ id }) => id === owner.id))
      state.departments.push({ id: owner.id, state: 'asked' });
    clocks.start('task', at, { about: task.id, owner, due: at + task.limitMs });
    allow(ticket, [owner]);
    ticket.tell('task-wanted', [owner], { task: task.id, dueAt: at + task.limitMs });
    show();
  }

  function complete(id: string, outcome: string, at: number): void {
    const entry = tasks.get(id)!;
    entry.outcome = outcome;
    clocks.stop(`task:${id}`, at);
    const { owner } = entry.task;
    const department = owner.kind === 'department' && state.departments.find((d) => d.id === owner.id);
    const others = open().some(
      ({ task }) => task.owner.kind === 'department' && owner.kind === 'department' && task.owner.id === owner.id,
    );
    if (department && !others) department.state = 'delivered';
    show();
  }

  return {
    add,
    complete,
    isOpen: () => open().length > 0,
    refusal: (id: string): Refusal | null => {
      const entry = tasks.get(id);
      if (!entry) return { code: 'no-such-task', field: 'task', detail: { task: id } };
      return entry.outcome === null ? null : { code: 'repeated' };
    },
    /** Why it cannot be over yet; null when nothing is open. */
    unfinished: (): Refusal | null => {
      const left = open().map(({ task }) => task.id);
      return left.length ? { code: 'tasks-open', detail: { tasks: left.join(', ') } } : null;
    },
  };
}
