import { randomUUID } from 'node:crypto';
import type { Centre } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';

export const goodScores = { efficiency: 5, attitude: 4, product: 4 };

/** A revisit of the customer of `like`, wanted by hand by one of the plans. */
export async function wantRevisit(people: Centre, like: string, plan = 'new-customer'): Promise<string> {
  const path = `/tickets/${like}`;
  const { customer } = (await people.request<{ customer: { id: string } }>('SV001', 'GET', path)).body;
  const headers = { 'idempotency-key': randomUUID() };
  const body = { plan, customer: customer.id };
  return (await people.request<{ number: string }>('SV001', 'POST', '/revisits', body, headers)).body.number;
}

/** 回访 as it ordinarily goes: dispatched, called, nobody there, called again, answered (R1). */
export async function referenceRevisit(people: Centre, i = 0): Promise<string> {
  const n = await wantRevisit(people, await people.register('CS001', exampleIntakes.consultation(i)));
  const handler = await people.handlerOf(n);
  await people.take(handler, n, 'confirm-receipt');
  await people.take(handler, n, 'record-attempt', { result: 'no-answer' });
  await people.take(handler, n, 'record-attempt', { result: 'reached' });
  await people.take(handler, n, 'record-answers', { scores: goodScores, answers: { stay: 'yes', advice: '很好' } });
  return n;
}
