import type { Centre } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

/** 技术支持 as it ordinarily goes: guided in vain, visited, confirmed, revisited (T1). */
export async function referenceTechnicalSupport(people: Centre, i = 0): Promise<string> {
  const n = await people.register('CS001', exampleIntakes.technicalSupport(i));
  const handler = await people.handlerOf(n);
  await people.take(handler, n, 'confirm-receipt');
  await people.take(handler, n, 'record-guidance', {
    ...{ result: 'not-solved', channel: 'phone', guidance: '恢复出厂设置后仍报错' },
  });
  await people.take(handler, n, 'arrange-visit', { at: inHours(20), engineer: 'TS002' });
  await people.take('TS002', n, 'record-visit', { result: 'fixed', arrivedAt: inHours(20), findings: '更换电源模块' });
  await people.take(handler, n, 'confirm-with-customer', { satisfied: true });
  await people.take('RV001', n, 'record-call-back', { satisfied: true, text: '使用正常' });
  return n;
}
