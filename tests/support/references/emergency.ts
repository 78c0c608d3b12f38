import type { Centre } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';

/** 紧急事件 as it ordinarily goes: taken at once, the plan worked off, cleared, looked back on, revisited (U1). */
export async function referenceEmergency(people: Centre, i = 0): Promise<string> {
  const n = await people.register('CS001', exampleIntakes.emergency(i));
  await people.until(n, (t) => t.stage === 'alarming' && t.revision > 0);
  await people.take('SV001', n, 'take-command');
  await people.take('TS001', n, 'complete-task', { task: 'freeze', outcome: 'done', result: '账户已冻结' });
  await people.take('SV001', n, 'log-entry', { kind: 'finding', text: '异地登录来自新设备' });
  await people.take('SV001', n, 'complete-task', { task: 'call', outcome: 'done', result: '客户确认非本人操作' });
  await people.take('SV001', n, 'all-clear', { summary: '密码已重置,账户恢复' });
  await people.take('SV001', n, 'submit-debrief', {
    ...{ cause: 'attack', course: '十分钟内冻结并核实', lessons: '短信验证应默认开启' },
  });
  await people.take('SV001', n, 'record-call-back', { satisfied: true, text: '客户已恢复使用' });
  return n;
}
