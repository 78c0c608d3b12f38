import { randomUUID } from 'node:crypto';
import type { Centre } from './centre';

/** Areas and services of the demo centre, by which a fault report finds its announcement (F1). */
export const demoFaultScopes = [
  { kind: 'area', id: 'east', nameZh: '东城区', nameEn: 'East district' },
  { kind: 'area', id: 'west', nameZh: '西城区', nameEn: 'West district' },
  { kind: 'area', id: 'south', nameZh: '南山区', nameEn: 'South district' },
  { kind: 'service', id: 'network', nameZh: '网络', nameEn: 'Network' },
  { kind: 'service', id: 'payment', nameZh: '支付系统', nameEn: 'Payment' },
  { kind: 'service', id: 'logistics', nameZh: '物流查询', nameEn: 'Logistics' },
] as const;

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

/** What operations tell the duty manager, and the manager everybody (F2). */
export const exampleFault = (areas: string[] = ['east'], services: string[] = ['network']) => ({
  title: '东城区网络中断',
  ...{ areas, services, causeKind: 'line', cause: '光缆被施工挖断', progress: '抢修人员已到现场' },
  ...{ expectedAt: inHours(6), department: 'OPS' },
});

/** Publishes a fault as the duty manager does; answers its number. */
export async function announceFault(c: Centre, fault: object, staff = 'DM001', key: string = randomUUID()) {
  const { body } = await c.request<{ number: string }>(staff, 'POST', '/fault-announcements', fault, {
    'idempotency-key': key,
  });
  return body.number;
}

/** A fault that customers call about, one of a single house, and a device that somebody comes for. */
export function faultStories(
  c: Centre,
  intakes: {
    fault: (i: number, area: string) => Record<string, unknown>;
    technicalSupport: (i: number) => Record<string, unknown>;
  },
): Array<() => Promise<void>> {
  return [
    async () => {
      const announcement = await announceFault(c, exampleFault());
      await c.register('CS001', intakes.fault(33, 'east'));
      await c.register('CS002', intakes.fault(34, 'east'));
      await c.until(announcement, (ticket) => ticket.revision > 0);
      await c.take('DM001', announcement, 'update-fault', { progress: '熔接已完成一半', expectedAt: inHours(8) });
    },
    async () => {
      const n = await c.register('CS003', intakes.fault(35, 'south'));
      const handler = await c.handlerOf(n);
      await c.take(handler, n, 'confirm-receipt');
      await c.take(handler, n, 'diagnose', {
        result: 'dispatch',
        cause: 'equipment',
        findings: '远程重启无效,疑似光猫损坏',
      });
      await c.take(handler, n, 'dispatch-repair', { department: 'TECH', instructions: '请上门检测光猫' });
      const promise = { department: 'TECH', rank: 'specialist', expectedAt: inHours(20), contact: '林海涛' };
      await c.take('TD001', n, 'acknowledge', promise);
      await c.take('TD001', n, 'arrange-visit', { at: inHours(18), address: '南山区科技园 3 栋' });
    },
    async () => {
      const n = await c.register('CS004', intakes.technicalSupport(36));
      const handler = await c.handlerOf(n);
      await c.take(handler, n, 'confirm-receipt');
      await c.take(handler, n, 'record-guidance', {
        result: 'not-solved',
        channel: 'phone',
        guidance: '恢复出厂设置后仍报错',
      });
      await c.take(handler, n, 'arrange-visit', { at: inHours(30), engineer: 'TS002' });
    },
  ];
}
