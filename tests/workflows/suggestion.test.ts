import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type TestCentre, openCentre } from '../support/centre';
import { referenceSuggestion } from '../support/references/suggestion';
import { pathsOf, systemOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

let serial = 0;
async function received() {
  const n = await c.people.register('CS001', exampleIntakes.suggestion(serial++));
  const handler = await c.people.handlerOf(n);
  await take(handler, n, 'confirm-receipt');
  return { n, handler };
}
const route = (department: string) => ({ department, note: '请答复' });

describe('S1: a suggestion', () => {
  it('is routed to the department, answered, and the customer thanked by SMS; nobody is surveyed', async () => {
    const n = await referenceSuggestion(c.people, serial++);
    await c.ended(n);
    const state = await c.state(n);
    expect(state).toMatchObject({ outcome: 'satisfied', archived: true, breaches: 0, facts: { verdict: 'adopted' } });
    expect(state.clocks.find(({ key }) => key === 'answer:LOG')?.state).toBe('met');
    expect(await c.sent(n)).toEqual(expect.arrayContaining(['reply-sent → sms sent']));
    expect((await c.timeline(n)).some(({ data }) => data?.stage === 'surveying')).toBe(false);
    await c.saveHistory(n, 'suggestion/ordinary');
  });

  it('comes back from a department whose it is not, and goes to another; its system answers by signal', async () => {
    const { n, handler } = await received();
    await take(handler, n, 'route-suggestion', route('LOG'));
    expect(await paths.refused(take('TD001', n, 'answer-suggestion', { verdict: 'adopted', answer: '?' }))).toBe(
      'not-found',
    );
    await take('WD001', n, 'return-suggestion', { proposed: 'TECH', reason: '属于技术部' });
    await paths.told(n, `suggestion-returned → ${handler}`);
    expect(await c.state(n)).toMatchObject({ stage: 'routing' });
    await take(handler, n, 'route-suggestion', route('TECH'));
    await paths.signal(n, 'answer-suggestion', systemOf('LOG'), { verdict: 'adopted' });
    await paths.entry(n, 'ignored', { step: 'answer-suggestion' });
    await paths.signal(n, 'answer-suggestion', systemOf('TECH'), { verdict: 'kept-in-mind' });
    await paths.told(n, `answer-provided → ${handler}`);
    expect(await c.state(n)).toMatchObject({ stage: 'thanking', facts: { verdict: 'kept-in-mind' } });
    await take(handler, n, 'thank-customer', { channel: 'phone', text: '感谢您的建议' });
    await c.ended(n);
    await c.saveHistory(n, 'suggestion/returned');
  });

  it('silence goes up to the head of the department; a supervisor may leave its answer out, or route it anew', async () => {
    const { n, handler } = await received();
    await take(handler, n, 'route-suggestion', route('LOG'));
    await c.advancePast(n, 'answer:LOG');
    await paths.entry(n, 'breached', { clock: 'answer', late: 'LOG' });
    await take('SV001', n, 'send-back', { to: 'routing', reason: '改由技术部答复' });
    expect((await c.state(n)).clocks.find(({ key }) => key === 'answer:LOG')?.state).toBe('cancelled');
    await take(handler, n, 'route-suggestion', route('TECH'));
    await take('SV001', n, 'skip', { stage: 'answering-suggestion', reason: '部门口头答复' });
    await take(handler, n, 'thank-customer', { channel: 'phone', text: '感谢您的建议' });
    await c.ended(n);
    await c.saveHistory(n, 'suggestion/late');
  });
});
