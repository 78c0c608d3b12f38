import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import type { Desk } from '../desk';
import type { Story } from './consultations';

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

async function listened(desk: Desk, i: number): Promise<string> {
  const n = await desk.people.register('CS005', exampleIntakes.complaint(i, i % 2 ? 'quality' : 'attitude'));
  await desk.take(n, 'handler', 'confirm-receipt');
  await desk.take(n, 'handler', 'reply', () => ({ channel: 'phone', text: '非常抱歉,我们马上调查' }));
  return n;
}

async function investigated(desk: Desk, n: string): Promise<void> {
  await desk.take(n, 'SV001', 'form-group', () => ({ lead: 'SV001', members: ['TS001'], departments: ['OPS'] }));
  const reference = `LOG-${n}`;
  const material = await desk.people.material('SV001', n, 'add-evidence', { reference, note: '系统日志' });
  const before = desk.board.tickets.get(n)!.revision;
  await desk.signal(
    n,
    'OPS',
    'add-evidence',
    () => ({ kind: 'system-log' }),
    (t) => t.revision > before,
    material,
  );
  await desk.think();
  await desk.take(n, 'SV001', 'submit-report', () => ({
    ...{ liability: 'system-fault', side: 'product', substantiated: true, department: 'TECH' },
    findings: '电池管理固件存在缺陷',
  }));
}

async function consented(desk: Desk, n: string, accepted = true): Promise<void> {
  await desk.take(n, 'handler', 'propose-solution', () => ({
    ...{ liability: 'system-fault', compensation: 'coupon', dueAt: inSeconds(8), action: '推送固件修复' },
  }));
  await desk.think(2_000);
  if (!accepted)
    return desk.take(n, 'handler', 'record-consent', () => ({ accepted: false, form: 'voice', note: '补偿不够' }));
  const evidence = await desk.people.material('SV001', n, 'evidence', { reference: `REC-${n}`, text: '客户电话同意' });
  await desk.take(n, 'handler', 'record-consent', () => ({ accepted: true, form: 'voice', evidence }));
}

async function carriedOut(desk: Desk, n: string, satisfied = true): Promise<void> {
  const done = (t: { stage: string }) => t.stage !== 'rectifying';
  await desk.board.until(n, (t) => t.stage === 'rectifying');
  const material = await desk.people.material('TD001', n, 'complete-rectification', { result: '固件已推送' });
  await desk.signal(n, 'TECH', 'complete-rectification', () => ({}), done, material);
  await desk.take(n, 'SV001', 'verify-rectification', () => ({ accepted: true }));
  await desk.everybodyIn;
  await desk.think();
  await desk.take(n, 'SV001', 'record-revisit', () => ({ satisfied, effective: satisfied, text: '回访' }));
}

/** Investigated, consented to, carried out by a department's system, verified, revisited. */
const redressed: Story = async (desk, i) => {
  const n = await listened(desk, i);
  await investigated(desk, n);
  await consented(desk, n);
  await carriedOut(desk, n);
  return [{ ticket: n, archived: true, stage: 'ended', outcome: 'satisfied' }];
};

/** Refused once, and again unhappy at the revisit: negotiated anew. */
const negotiated: Story = async (desk, i) => {
  const n = await listened(desk, i);
  await investigated(desk, n);
  await consented(desk, n, false);
  await consented(desk, n);
  await carriedOut(desk, n, false);
  await consented(desk, n);
  await carriedOut(desk, n);
  return [{ ticket: n, archived: true, stage: 'ended', outcome: 'satisfied' }];
};

/** Taken back by the customer in the middle of the investigation. */
const takenBack: Story = async (desk, i) => {
  const n = await listened(desk, i);
  await desk.everybodyIn;
  await desk.think();
  await desk.take(n, 'CS001', 'withdraw', () => ({ reason: '误会' }));
  return [{ ticket: n, archived: true, stage: 'ended', outcome: 'withdrawn' }];
};

/** Nobody investigates. */
const ignored: Story = async (desk, i) => {
  const n = await listened(desk, i);
  return [{ ticket: n, archived: false, stage: 'investigating', outcome: null }];
};

export const complaints: Story[] = [redressed, negotiated, redressed, takenBack, ignored];
