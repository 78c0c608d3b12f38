import type { Centre } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';

export const fullPoints = { greeting: 5, attitude: 5, accuracy: 5, record: 5, timeliness: 5 };

/** A consultation that somebody handled and that is closed. */
export async function closedTicket(people: Centre, i = 0): Promise<{ checked: string; agent: string }> {
  const checked = await people.register('CS001', exampleIntakes.consultation(i));
  const agent = await people.handlerOf(checked);
  await people.take(agent, checked, 'confirm-receipt');
  await people.take(agent, checked, 'resolve', { result: '已处理' });
  await people.take(agent, checked, 'confirm-with-customer', { satisfied: true });
  return { checked, agent };
}

/** The check of a closed ticket, wanted by hand. */
export async function wantCheck(people: Centre, checked: string): Promise<string> {
  const path = `/tickets/${checked}/quality-check`;
  return (await people.request<{ number: string }>('TL001', 'POST', path, { form: 'service' })).body.number;
}

/** 质检 as it ordinarily goes: scored by a supervisor, accepted by the agent (issue 5, section 7). */
export async function referenceQualityCheck(people: Centre, i = 0): Promise<string> {
  const { checked, agent } = await closedTicket(people, i);
  const n = await wantCheck(people, checked);
  const supervisor = await people.handlerOf(n);
  await people.take(supervisor, n, 'confirm-receipt');
  await people.take(supervisor, n, 'score', { points: { ...fullPoints, record: 3 }, remarks: '记录可更完整' });
  await people.take(agent, n, 'accept-score', {});
  return n;
}
