import type { Centre } from '@duban/infra/local/centre';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';

/** 建议 as it ordinarily goes: routed, answered by the department, thanked (S1). */
export async function referenceSuggestion(people: Centre, i = 0): Promise<string> {
  const n = await people.register('CS001', exampleIntakes.suggestion(i));
  const handler = await people.handlerOf(n);
  await people.take(handler, n, 'confirm-receipt');
  await people.take(handler, n, 'route-suggestion', { department: 'LOG', note: '请评估' });
  await people.take('WD001', n, 'answer-suggestion', { verdict: 'adopted', answer: '下季度上线' });
  await people.take(handler, n, 'thank-customer', { channel: 'sms', text: '您的建议已采纳,感谢!' });
  return n;
}
