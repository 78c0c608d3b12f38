import type { Centre } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';

const DAY_MS = 86_400_000;
export const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();

/** 售后 as it ordinarily goes: allowed, proved, reviewed, exchanged in stages, confirmed, revisited (A1). */
export async function referenceAfterSales(people: Centre, i = 0): Promise<string> {
  const n = await people.register('CS001', exampleIntakes['after-sales'](i));
  const handler = await people.handlerOf(n);
  const take = (step: string, input: object = {}) => people.take(handler, n, step, input as Record<string, unknown>);
  await take('confirm-receipt');
  await take('check-policy', { condition: 'defective', purchasedAt: daysAgo(3) });
  await people.until(n, (ticket) => ticket.stage === 'applying');
  await take('apply-service', { kind: 'exchange', description: '无法开机' });
  await take('record-material', { codes: ['invoice'] });
  await take('review-application', { passed: true, cause: 'product-defect', note: '检测确认' });
  for (const stage of ['received', 'inspected', 'replaced', 'sent']) await take('record-service-stage', { stage });
  await take('confirm-with-customer', { satisfied: true });
  await people.take('RV001', n, 'record-call-back', { satisfied: true, text: '客户满意' });
  return n;
}
