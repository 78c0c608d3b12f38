import type { ClockRule, PolicyDefinition, Recipient } from '../types';
import { HOUR, MINUTE, clock, within } from './build';
import { manual } from './manual';

/** One row: who handles a sub-category and within what time. */
function row(limitMs: number, owner: Recipient): ClockRule {
  const escalate: Recipient[] = owner === 'supervisor' ? ['committee'] : ['supervisor'];
  const breach: Recipient[] = owner === 'supervisor' ? ['supervisor'] : [owner, 'supervisor'];
  return clock(within(limitMs), { late: [owner], breach, escalate }, 'pausable');
}

/** 咨询类 */
const consultation = {
  product: row(5 * MINUTE, 'handler'), // 产品功能
  logistics: row(3 * MINUTE, 'handler'), // 物流查询
};

/** 投诉类: the limit is for the solution, the investigation keeps the manual's. */
const complaint = {
  quality: row(24 * HOUR, 'handler'), // 产品质量, after-sales group
  attitude: row(12 * HOUR, 'supervisor'), // 服务态度
};

/** 紧急类 */
const emergency = {
  'account-safety': row(10 * MINUTE, 'supervisor'), // 账户安全, at once
  'system-fault': row(5 * MINUTE, 'handler'), // 系统故障, technical group, at once
};

/**
 * Document 1, 客户服务呼叫中心工具包, table 2: handling limits by sub-category (G5). The sub-category is looked up
 * before the priority: freeze with `[subCategory, priority]`. The keys are the demo centre's categories. Whatever it is silent on is the manual's.
 */
export const toolkit: PolicyDefinition = {
  ...manual,
  name: { zh: '客户服务呼叫中心工具包', en: 'Call centre toolkit' },
  clocks: {
    ...manual.clocks,
    consultation: {
      ...manual.clocks.consultation,
      handling: { ...manual.clocks.consultation?.handling, ...consultation },
    },
    complaint: {
      ...manual.clocks.complaint,
      solution: { ...manual.clocks.complaint?.solution, ...complaint },
    },
    emergency: {
      ...manual.clocks.emergency,
      handling: { ...manual.clocks.emergency?.handling, ...emergency },
    },
  },
};
