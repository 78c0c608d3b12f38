import type { ClockRule, PolicyDefinition } from '../types';
import { DAY, HOUR, byPriority, within } from './build';
import { manual } from './manual';

/** 特急 2 h, 紧急 4 h, 一般 24 h; 一般 unless the customer asks for more (G5). */
const response: Record<string, ClockRule> = byPriority(
  { P1: within(2 * HOUR), P2: within(4 * HOUR), P3: within(DAY), default: within(DAY) },
  { late: ['handler'], breach: ['handler', 'supervisor'], escalate: ['supervisor'] },
);

/**
 * Document 4, 客户服务热线及工单管理系统: response by urgency (G5). Its urgencies are this policy's names of P1, P2
 * and P3; whatever it is silent on is the manual's.
 */
export const hotline: PolicyDefinition = {
  ...manual,
  name: { zh: '客户服务热线及工单管理系统', en: 'Hotline and ticket system' },
  priorities: {
    P1: { zh: '特急', en: 'Very urgent', colour: 'red' },
    P2: { zh: '紧急', en: 'Urgent', colour: 'orange' },
    P3: { zh: '一般', en: 'General', colour: 'blue' },
  },
  clocks: {
    ...manual.clocks,
    consultation: { ...manual.clocks.consultation, 'first-response': response, 'next-response': response },
    complaint: { ...manual.clocks.complaint, 'first-response': response, 'next-response': response },
  },
};
