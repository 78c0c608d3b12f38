import type { Centre } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';

const HOUR_MS = 3_600_000;

/** 跨部门升级 as it ordinarily goes: approved, acknowledged by two departments, delivered, told (E1–E5). */
export async function referenceEscalation(people: Centre, i = 0): Promise<string> {
  const n = await people.register('CS001', exampleIntakes.escalation(i));
  await people.until(n, (t) => t.stage === 'approving' && t.revision > 0);
  await people.take('SV001', n, 'approve', { departments: ['TECH', 'FIN'] });
  const expectedAt = new Date(Date.now() + 20 * HOUR_MS).toISOString();
  for (const [contact, department] of [
    ['TD001', 'TECH'],
    ['FD001', 'FIN'],
  ] as const) {
    await people.take(contact, n, 'acknowledge', { department, rank: 'manager', expectedAt, contact: '对接人' });
    await people.take(contact, n, 'deliver-result', { department, result: '已处理' });
  }
  await people.take('CS001', n, 'tell-customer', { accepted: true, form: 'phone', text: '客户接受' });
  return n;
}
