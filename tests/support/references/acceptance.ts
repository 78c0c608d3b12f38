import type { Centre } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';

/** 业务受理 as it ordinarily goes: who the customer is, done, the receipt, confirmed (B1). */
export async function referenceAcceptance(people: Centre, i = 0): Promise<string> {
  const n = await people.register('CS001', exampleIntakes.acceptance(i));
  const handler = await people.handlerOf(n);
  await people.take(handler, n, 'confirm-receipt');
  await people.take(handler, n, 'check-identity', { method: 'questions', passed: true, seen: '核对订单与手机号' });
  await people.take(handler, n, 'complete-business', { result: '证明已开具并寄出' });
  await people.take(handler, n, 'confirm-with-customer', { satisfied: true });
  return n;
}
