import * as common from '../common/steps';
import { field } from '../fields';
import { step } from '../steps';

export const suggestionTypes = ['product-idea', 'service-idea', 'process-idea', 'other'] as const;
export const verdicts = ['adopted', 'partly-adopted', 'kept-in-mind', 'not-adopted'] as const;

/** Suggestion 建议 (S1): routed to the department it is for, answered, thanked. */
export const suggestionSteps = {
  'route-suggestion': step({
    label: { zh: '转相关部门', en: 'Route to a department' },
    by: ['handler', 'team-leader', 'supervisor'],
    command: { department: field.id('责任部门', 'Department', 'department') },
    material: { note: field.text('说明', 'Note', 2000, true) },
  }),
  'answer-suggestion': step({
    label: { zh: '答复建议', en: 'Answer the suggestion' },
    by: ['department'],
    command: { verdict: field.code('采纳情况', 'Verdict', verdicts) },
    material: { answer: field.text('答复内容', 'Answer', 8000) },
    signal: true,
  }),
  'return-suggestion': step({
    label: { zh: '退回(非本部门)', en: 'Return: not ours' },
    by: ['department'],
    command: { proposed: field.id('建议转至部门', 'Department proposed', 'department', true) },
    material: { reason: field.text('退回原因', 'Reason', 2000) },
    signal: true,
  }),
  'thank-customer': step({
    label: { zh: '答复并致谢', en: 'Answer and thank' },
    by: ['handler', 'team-leader', 'supervisor'],
    command: { channel: field.code('渠道', 'Channel', ['phone', 'email', 'sms', 'chat']) },
    material: { text: field.text('答复内容', 'What was said', 4000) },
  }),
  ...common.ofEveryTicket,
};
