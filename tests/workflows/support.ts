import { randomUUID } from 'node:crypto';
import type { Actor, ChangeKind, Priority } from '@duban/contracts';
import { ApiError } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import type { TestCentre } from '../support/centre';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A department's own system, as its signals say it. */
export const systemOf = (department: string): Actor => ({
  kind: 'system',
  id: `SYS-${department}`,
  roles: [],
  departments: [department],
});

export const inHours = (hours: number) => new Date(Date.now() + hours * HOUR).toISOString();

let customers = 0;

/** Short words for what the path tests do over and over. */
export function pathsOf(c: () => TestCentre) {
  const take = (staff: string, n: string, step: string, input: Record<string, unknown> = {}) =>
    c().people.take(staff, n, step, input);
  return {
    take,
    /** A consultation registered and dispatched; who got it. */
    async consultation(priority: Priority = 'P2') {
      const n = await c().people.register('CS001', exampleIntakes.consultation(customers++, 'product', priority));
      return { n, handler: await c().people.handlerOf(n) };
    },
    /** … and its receipt confirmed. */
    async handled(priority: Priority = 'P2') {
      const ticket = await this.consultation(priority);
      await take(ticket.handler, ticket.n, 'confirm-receipt');
      return ticket;
    },
    async complaint() {
      const n = await c().people.register('CS001', exampleIntakes.complaint(customers++));
      const handler = await c().people.handlerOf(n);
      await take(handler, n, 'confirm-receipt');
      return { n, handler };
    },
    async escalation() {
      const n = await c().people.register('CS001', exampleIntakes.escalation(customers++));
      await c().people.until(n, (t) => t.stage === 'approving' && t.revision > 0);
      return { n, handler: 'CS001' };
    },
    /** Sends a step as a department's system does: a Signal of the step's name. */
    signal(
      n: string,
      step: string,
      actor: Actor,
      command: object = {},
      stepId: string = randomUUID(),
      material?: string,
    ) {
      const request = { stepId, actor, command, waitedMs: 0, origin: 'signal', ...(material ? { material } : {}) };
      return c().client.workflow.getHandle(n).signal(step, request);
    },
    /** Waits until the timeline has an entry of this kind whose data fit; returns it. */
    async entry(n: string, kind: ChangeKind, data: Record<string, unknown> = {}) {
      return c().eventually(async () => {
        const timeline = await c().timeline(n);
        const found = timeline.find(
          (e) => e.kind === kind && Object.entries(data).every(([k, v]) => e.data?.[k as never] === v),
        );
        if (!found)
          throw new Error(
            `no ${kind} ${JSON.stringify(data)} in ${timeline.map((e) => e.kind + JSON.stringify(e.data ?? {})).join('\n')}`,
          );
        return found;
      });
    },
    async told(n: string, message: string) {
      await c().eventually(async () => {
        const told = await c().told(n);
        if (!told.some((line) => line.startsWith(message))) throw new Error(`${message} not among\n${told.join('\n')}`);
      });
    },
    async close(n: string, handler: string) {
      await take(handler, n, 'resolve', { result: '已处理' });
      await take(handler, n, 'confirm-with-customer', { satisfied: true });
    },
    async survey(n: string, grade = 'satisfied', scores: object = {}) {
      const customer: Actor = { kind: 'customer', id: 'customer', roles: [], departments: [] };
      const stepId = randomUUID();
      const request = { stepId, actor: customer, command: { grade, ...scores }, waitedMs: 0, origin: 'client' };
      await c()
        .client.workflow.getHandle(n)
        .executeUpdate('submit-survey', { updateId: stepId, args: [request] });
    },
    /** The code of the refusal that a step met. */
    async refused(work: Promise<unknown>): Promise<string | undefined> {
      try {
        await work;
      } catch (error) {
        if (error instanceof ApiError) return error.body.code;
        throw error;
      }
      return undefined;
    },
  };
}
