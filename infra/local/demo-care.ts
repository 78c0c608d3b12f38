import { randomUUID } from 'node:crypto';
import type { Centre } from './centre';
import type { exampleIntakes } from './seed-tickets';

/** A revisit that nobody answered yet and one that is answered; a check under way and one that is appealed against. */
export function careStories(c: Centre, intakes: typeof exampleIntakes): Array<() => Promise<void>> {
  const revisit = async (i: number, answered: boolean) => {
    const like = await c.register('CS001', intakes.consultation(i, 'fees'));
    const path = `/tickets/${like}`;
    const { customer } = (await c.request<{ customer: { id: string } }>('SV001', 'GET', path)).body;
    const wanted = { plan: 'new-customer', customer: customer.id };
    const key = { 'idempotency-key': randomUUID() };
    const n = (await c.request<{ number: string }>('SV001', 'POST', '/revisits', wanted, key)).body.number;
    const handler = await c.handlerOf(n);
    await c.take(handler, n, 'confirm-receipt');
    if (!answered) return void (await c.take(handler, n, 'record-attempt', { result: 'no-answer', note: '无人接听' }));
    await c.take(handler, n, 'record-attempt', { result: 'reached' });
    await c.take(handler, n, 'record-answers', {
      ...{ scores: { efficiency: 5, attitude: 5, product: 4 }, answers: { stay: 'yes', advice: '希望增加自助查询' } },
    });
  };
  const check = async (i: number, appealed: boolean) => {
    const checked = await c.register('CS001', intakes.consultation(i));
    const agent = await c.handlerOf(checked);
    await c.take(agent, checked, 'confirm-receipt');
    await c.take(agent, checked, 'resolve', { result: '已指导客户完成设置' });
    await c.take(agent, checked, 'confirm-with-customer', { satisfied: true });
    const path = `/tickets/${checked}/quality-check`;
    const n = (await c.request<{ number: string }>('SV001', 'POST', path, { form: 'service' })).body.number;
    const scorer = await c.handlerOf(n);
    if (!appealed) return;
    await c.take(scorer, n, 'confirm-receipt');
    const points = { greeting: 4, attitude: 4, accuracy: 3, record: 2, timeliness: 5 };
    await c.take(scorer, n, 'score', { points, remarks: '操作步骤说明不完整,记录过简' });
    await c.take(agent, n, 'appeal', { reason: '步骤已随短信发给客户' });
  };
  return [() => revisit(34, false), () => revisit(35, true), () => check(36, false), () => check(37, true)];
}
