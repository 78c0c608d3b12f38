import { faultCauses } from '../fault/causes';
import { field } from '../fields';
import { step } from '../steps';

/** How a visit ended. `no-show`: nobody came; `no-access`: the customer was not there. */
export const visitResults = ['fixed', 'no-access', 'no-show', 'needs-parts', 'needs-replacement'] as const;
export type VisitResult = (typeof visitResults)[number];

/** 上门 (F3, T1): agreed with the customer, and what became of it; also a department's own system says so. */
export const visits = {
  'arrange-visit': step({
    label: { zh: '预约上门', en: 'Arrange a visit' },
    by: ['handler', 'department', 'supervisor'],
    command: {
      at: field.instant('上门时间', 'Visit at'),
      engineer: field.id('工程师', 'Engineer', 'staff', true),
    },
    material: {
      address: field.text('上门地址', 'Address', 500, true),
      note: field.text('说明', 'Note', 1000, true),
    },
    signal: true,
  }),
  'record-visit': step({
    label: { zh: '记录上门结果', en: 'Record the visit' },
    by: ['handler', 'department', 'supervisor'],
    command: {
      result: field.code('上门结果', 'Result', visitResults),
      arrivedAt: field.instant('到达时间', 'Arrived at', true),
      cause: field.code('故障原因', 'Cause', faultCauses, true),
    },
    material: { findings: field.text('上门情况', 'What was done', 4000) },
    signal: true,
    rule: (c) =>
      c.result !== 'no-show' && c.arrivedAt === undefined ? { field: 'arrivedAt', code: 'required' } : null,
  }),
};
