import type { Centre } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';

const HOUR_MS = 3_600_000;

/** 投诉 as it ordinarily goes: investigated, consented to, rectified, verified, revisited (K1–K5). */
export async function referenceComplaint(people: Centre, i = 0): Promise<string> {
  const n = await people.register('CS001', exampleIntakes.complaint(i));
  const handler = await people.handlerOf(n);
  await people.take(handler, n, 'confirm-receipt');
  await people.take('SV001', n, 'submit-report', {
    ...{ liability: 'system-fault', side: 'product', substantiated: true, department: 'TECH' },
    findings: '电池管理固件存在缺陷',
  });
  const dueAt = new Date(Date.now() + 48 * HOUR_MS).toISOString();
  const solution = { liability: 'system-fault', compensation: 'coupon', dueAt, action: '两日内推送固件修复' };
  await people.take(handler, n, 'propose-solution', solution);
  const evidence = { ticket: n, kind: 'evidence', body: { reference: 'REC-1', text: '客户电话同意方案' } };
  const { body } = await people.request<{ id: string }>(handler, 'POST', '/materials', evidence);
  await people.take(handler, n, 'record-consent', { accepted: true, form: 'voice', evidence: body.id });
  await people.take('TD001', n, 'complete-rectification', { result: '固件已推送' });
  await people.take('SV001', n, 'verify-rectification', { accepted: true });
  await people.take('SV001', n, 'record-revisit', { satisfied: true, effective: true, text: '客户满意' });
  return n;
}
