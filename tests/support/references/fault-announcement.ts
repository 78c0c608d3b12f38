import type { Centre } from '@duban/infra/local/centre';
import { announceFault, exampleFault } from '@duban/infra/local/demo-faults';

const HOUR_MS = 3_600_000;

/** 故障公告 as it ordinarily goes: published, its expected time changed once, over (F2). */
export async function referenceFaultAnnouncement(people: Centre): Promise<string> {
  const n = await announceFault(people, exampleFault(), 'DM001');
  await people.until(n, (t) => t.revision > 0);
  const expectedAt = new Date(Date.now() + 6 * HOUR_MS).toISOString();
  await people.take('DM001', n, 'update-fault', { progress: '熔接已完成一半', expectedAt });
  await people.take('DM001', n, 'end-fault', { result: '已恢复' });
  return n;
}
