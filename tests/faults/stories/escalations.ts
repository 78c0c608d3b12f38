import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import type { Desk } from '../desk';
import type { Story } from './consultations';

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
const contacts: Record<string, string> = { TECH: 'TD001', FIN: 'FD001' };

async function applied(desk: Desk, i: number): Promise<string> {
  return desk.people.register('CS003', exampleIntakes.escalation(i));
}

async function acknowledged(desk: Desk, n: string, department: string): Promise<void> {
  await desk.take(n, contacts[department]!, 'acknowledge', () => ({
    ...{ department, rank: 'specialist', expectedAt: inSeconds(9), contact: '林海涛' },
  }));
}

async function told(desk: Desk, n: string, accepted: boolean): Promise<void> {
  await desk.everybodyIn;
  await desk.think(2_000);
  await desk.take(n, 'handler', 'tell-customer', () => ({ accepted, form: 'phone', text: '已告知' }));
}

/** From approval on: acknowledged, delivered by each department's own system, accepted by the customer. */
export async function toTheEnd(desk: Desk, n: string, departments: string[]): Promise<void> {
  for (const department of departments) await acknowledged(desk, n, department);
  await desk.take(n, 'handler', 'tell-progress', () => ({ form: 'sms', text: '正在排查' }));
  await desk.think();
  await delivered(desk, n, departments);
  await told(desk, n, true);
}

async function delivered(desk: Desk, n: string, departments: string[]): Promise<void> {
  for (const [i, department] of departments.entries()) {
    const last = i === departments.length - 1;
    const material = await desk.people.material(contacts[department]!, n, 'deliver-result', { result: '已修复' });
    const before = desk.board.tickets.get(n)!.revision;
    const heard = (t: { stage: string; revision: number }) => (last ? t.stage === 'telling' : t.revision > before);
    await desk.signal(n, department, 'deliver-result', () => ({ department }), heard, material);
  }
}

/** Two departments in parallel. */
const shared: Story = async (desk, i) => {
  const n = await applied(desk, i);
  await desk.think(2_000);
  await desk.take(n, 'SV001', 'approve', () => ({ departments: ['TECH', 'FIN'] }));
  await toTheEnd(desk, n, ['TECH', 'FIN']);
  return [{ ticket: n, archived: true, stage: 'ended', outcome: null }];
};

/** Departments disagree, the committee rules; the customer refuses once. */
const disputed: Story = async (desk, i) => {
  const n = await applied(desk, i);
  await desk.take(n, 'SV002', 'approve', () => ({ departments: ['TECH', 'FIN'] }));
  await acknowledged(desk, n, 'TECH');
  await desk.take(n, 'FD001', 'raise-dispute', () => ({ department: 'FIN', reason: '不属于财务部' }));
  await desk.think();
  await desk.take(n, 'CM001', 'record-ruling', () => ({
    department: 'TECH',
    dueAt: inSeconds(10),
    minutes: '由技术部负责',
  }));
  await delivered(desk, n, ['TECH']);
  await told(desk, n, false);
  await desk.board.until(n, (t) => t.stage === 'cooperating');
  await delivered(desk, n, ['TECH']);
  await told(desk, n, true);
  return [{ ticket: n, archived: true, stage: 'ended', outcome: null }];
};

/** Not necessary. */
const rejected: Story = async (desk, i) => {
  const n = await applied(desk, i);
  await desk.everybodyIn;
  await desk.think();
  await desk.take(n, 'SV001', 'reject', () => ({ reason: '可在部门内解决' }));
  return [{ ticket: n, archived: true, stage: 'ended', outcome: 'rejected' }];
};

/** A department that never answers: reminded, its head, the committee. */
const silent: Story = async (desk, i) => {
  const n = await applied(desk, i);
  await desk.take(n, 'SV001', 'approve', () => ({ departments: ['FIN'] }));
  return [{ ticket: n, archived: false, stage: 'cooperating', outcome: null }];
};

export const escalations: Story[] = [shared, disputed, shared, rejected, silent];
