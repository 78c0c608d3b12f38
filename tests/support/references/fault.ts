import type { Centre } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
export const repairPromise = (department: string) => ({
  ...{ department, rank: 'specialist', expectedAt: inHours(20), contact: '林海涛', phone: '13900000014' },
});

/** 故障申告 as it ordinarily goes outside any announcement: diagnosed, repaired at the customer's, confirmed (F3). */
export async function referenceFault(people: Centre, i = 0): Promise<string> {
  const n = await people.register('CS001', exampleIntakes.fault(i, 'south'));
  const handler = await people.handlerOf(n);
  await people.take(handler, n, 'confirm-receipt');
  await people.take(handler, n, 'diagnose', { result: 'dispatch', cause: 'equipment', findings: '疑似光猫损坏' });
  await people.take(handler, n, 'dispatch-repair', { department: 'TECH', instructions: '请上门检测光猫' });
  await people.take('TD001', n, 'acknowledge', repairPromise('TECH'));
  await people.take('TD001', n, 'arrange-visit', { at: inHours(18), address: '科技园 3 栋' });
  const arrivedAt = inHours(18);
  await people.take('TD001', n, 'record-visit', {
    result: 'fixed',
    arrivedAt,
    cause: 'equipment',
    findings: '已更换光猫',
  });
  await people.take(handler, n, 'confirm-with-customer', { satisfied: true });
  return n;
}
