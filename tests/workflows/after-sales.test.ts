import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type TestCentre, openCentre } from '../support/centre';
import { daysAgo, referenceAfterSales } from '../support/references/after-sales';
import { HOUR, pathsOf, systemOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

let customers = 20;

/** Registered, received, and the policy asked. */
async function checked(condition = 'damaged-in-transit', days = 3, category = 'returns') {
  const n = await c.people.register('CS001', exampleIntakes['after-sales'](customers++, category));
  const handler = await c.people.handlerOf(n);
  await take(handler, n, 'confirm-receipt');
  await take(handler, n, 'check-policy', { condition, purchasedAt: daysAgo(days) });
  await c.people.until(n, (ticket) => ticket.stage === 'applying');
  return { n, handler };
}
const apply = (who: string, n: string, kind: string, amountFen?: number) =>
  take(who, n, 'apply-service', { kind, description: '商品破损', ...(amountFen ? { amountFen } : {}) });
const review = (who: string, n: string, more: object = {}) =>
  take(who, n, 'review-application', { passed: true, cause: 'transport-damage', note: '照片可证', ...more });
/** Applied for, proved and reviewed. */
async function passed(kind: string, amountFen?: number, more: object = {}) {
  const { n, handler } = await checked();
  await apply(handler, n, kind, amountFen);
  const { facts } = await c.state(n);
  const missing = facts.missing as string[];
  if (missing.length) await take(handler, n, 'record-material', { codes: missing });
  await review(handler, n, more);
  return { n, handler };
}
async function finish(n: string, handler: string) {
  await take(handler, n, 'confirm-with-customer', { satisfied: true });
  await take('RV001', n, 'record-call-back', { satisfied: true, text: '满意' });
  await paths.survey(n);
  await c.ended(n);
}

describe('after-sales', () => {
  it('goes from intake to archive; each stage is told to the customer (A1, G12)', async () => {
    const n = await referenceAfterSales(c.people, customers++);
    await paths.told(n, 'call-back-wanted → RV001');
    await paths.survey(n);
    await c.ended(n);
    expect((await c.state(n)).facts).toMatchObject({
      result: 'exchanged',
      cause: 'product-defect',
      rule: 'exchange-15',
    });
    const sent = (await c.sent(n)).filter((line) => line === 'service-stage-told → sms sent');
    expect(sent).toHaveLength(4);
    expect(c.mailbox.sms.some(({ text }) => text.includes(n) && text.includes('已更换'))).toBe(true);
    await c.saveHistory(n, 'after-sales/exchange');
  });

  it('the rules say what may be given; beyond them only a supervisor applies, and somebody approves (A1)', async () => {
    const { n, handler } = await checked('misused', 40);
    expect((await c.state(n)).facts).toMatchObject({ allowed: [], policyReasons: ['condition', 'too-late'] });
    await paths.told(n, `policy-answered → ${handler}`);
    expect(await paths.refused(apply(handler, n, 'refund', 100))).toBe('for-supervisor');
    // Looked at again: it was something else.
    await take(handler, n, 'check-policy', { condition: 'defective', purchasedAt: daysAgo(20) });
    await c.eventually(async () =>
      expect((await c.state(n)).facts).toMatchObject({
        ...{ allowed: ['repair', 'compensation'], rules: ['repair-365', 'compensation-30'] },
      }),
    );
    expect(await paths.refused(apply(handler, n, 'refund', 100))).toBe('for-supervisor');
    await apply('SV001', n, 'refund', 100);
    await review(handler, n);
    expect(await c.state(n)).toMatchObject({ stage: 'approving-refund', facts: { rule: null } });
    await take('TL001', n, 'approve-refund', { amountFen: 100 });
    await take(handler, n, 'record-refund', { amountFen: 100, method: 'original', reference: 'P-1' });
    await finish(n, handler);
    await c.saveHistory(n, 'after-sales/outside-the-rules');
  });

  it('missing material: asked for, reminded after 24 hours and every 48, then the handler goes on without (A1)', async () => {
    const { n, handler } = await checked();
    await apply(handler, n, 'return', 9_900);
    expect(await c.state(n)).toMatchObject({ stage: 'collecting-material', status: 'waiting-customer' });
    expect(await paths.refused(review(handler, n))).toBe('not-open');
    const asked = async () => (await c.sent(n)).filter((line) => line.startsWith('material-wanted')).length;
    await c.eventually(async () => expect(await asked()).toBe(1));
    expect(c.mailbox.sms.some(({ text }) => text.includes(n) && text.includes('发票、照片'))).toBe(true);
    await take(handler, n, 'record-material', { codes: ['invoice'] });
    expect(await paths.refused(take(handler, n, 'record-material', { codes: ['invoice'] }))).toBe('not-wanted');
    const waive = () => take(handler, n, 'record-material', { codes: ['photo'], waived: true });
    expect(await paths.refused(waive())).toBe('for-supervisor');
    for (const [i, hours] of [25, 48, 48].entries()) {
      await c.advance(n, hours * HOUR);
      await c.eventually(async () => expect(await asked()).toBe(2 + i));
    }
    await c.advance(n, 48 * HOUR);
    await paths.entry(n, 'breached', { clock: 'material', late: 'customer' });
    await paths.told(n, `clock-breached → ${handler}`);
    expect(await asked()).toBe(4);
    // Meanwhile nothing else fell due: the ticket waited for the customer.
    const timeline = await c.timeline(n);
    expect(timeline.filter(({ kind }) => kind === 'breached').map(({ data }) => data?.clock)).toEqual(['material']);
    await waive();
    expect(await c.state(n)).toMatchObject({ stage: 'reviewing', facts: { waivedMaterial: ['photo'] } });
    await c.advancePast(n, 'review');
    await paths.entry(n, 'breached', { clock: 'review' });
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'after-sales/material');
  });

  it('a return: inspected by its department’s system, then paid by the amount approved (A1, D1)', async () => {
    const { n, handler } = await passed('return', 20_000, { department: 'LOG' });
    await paths.told(n, 'refund-approval-wanted → TL001');
    expect(await paths.refused(take(handler, n, 'approve-refund', { amountFen: 20_000 }))).toBe('not-yours');
    expect(await paths.refused(take('TL001', n, 'approve-refund', { amountFen: 30_000 }))).toBe('wrong-amount');
    await c.advancePast(n, 'refund-approval');
    await paths.entry(n, 'breached', { clock: 'refund-approval', late: 'team-leader' });
    await take('TL001', n, 'approve-refund', { amountFen: 20_000 });
    await paths.told(n, 'service-wanted → WD001');
    await paths.signal(n, 'record-service-stage', systemOf('LOG'), { stage: 'inspected' });
    await paths.entry(n, 'ignored', { step: 'record-service-stage', code: 'wrong-order' });
    await paths.signal(n, 'record-service-stage', systemOf('LOG'), { stage: 'received' });
    await take('WD001', n, 'record-service-stage', { stage: 'inspected' });
    expect(await c.state(n)).toMatchObject({ stage: 'paying', departments: [{ id: 'LOG', state: 'delivered' }] });
    expect(await paths.refused(take(handler, n, 'confirm-with-customer', { satisfied: true }))).toBe('not-open');
    const pay = (amountFen: number) =>
      take(handler, n, 'record-refund', { amountFen, method: 'original', reference: 'PAY-1' });
    expect(await paths.refused(pay(19_999))).toBe('wrong-amount');
    await c.advancePast(n, 'refund');
    await paths.entry(n, 'breached', { clock: 'refund' });
    await pay(20_000);
    expect(await paths.refused(pay(20_000))).toBe('not-open');
    await finish(n, handler);
    expect((await c.state(n)).facts.result).toBe('returned');
    await c.saveHistory(n, 'after-sales/return');
  });

  it('a large amount is the supervisor’s; a rejected one is applied for anew; a small one needs nobody (A1)', async () => {
    const { n, handler } = await passed('refund', 60_000);
    await paths.told(n, 'refund-approval-wanted → SV001');
    expect(await paths.refused(take('TL001', n, 'approve-refund', { amountFen: 60_000 }))).toBe('for-supervisor');
    expect(await paths.refused(take('TL001', n, 'reject-refund', { reason: 'x' }))).toBe('for-supervisor');
    await take('SV001', n, 'reject-refund', { reason: '超出损失' });
    expect((await c.state(n)).stage).toBe('applying');
    await apply(handler, n, 'refund', 5_000);
    await take(handler, n, 'record-material', { codes: ['photo'] });
    await review(handler, n);
    expect((await c.state(n)).stage).toBe('paying');
    await take(handler, n, 'record-refund', { amountFen: 5_000, method: 'bank', reference: 'PAY-2' });
    await finish(n, handler);
    await c.saveHistory(n, 'after-sales/amounts');
  });

  it('two decide on an amount at once: one decision stands (A1)', async () => {
    const { n, handler } = await passed('refund', 20_000);
    const outcomes = await Promise.all([
      paths.refused(take('TL001', n, 'approve-refund', { amountFen: 20_000 })),
      paths.refused(take('SV001', n, 'reject-refund', { reason: '不同意' })),
    ]);
    expect(outcomes.filter((code) => code === undefined)).toHaveLength(1);
    expect(['stale', 'not-open']).toContain(outcomes.find((code) => code !== undefined));
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'after-sales/withdrawn');
  });

  it('a failed review is told; not satisfied, or unwell at the revisit → begun anew (A1, G11)', async () => {
    const { n, handler } = await checked('defective', 3, 'product-repair');
    await apply(handler, n, 'repair');
    await take(handler, n, 'record-material', { codes: ['serial-number'] });
    const unexplained = review(handler, n, { passed: false });
    await expect(unexplained).rejects.toMatchObject({
      body: { errors: [expect.objectContaining({ field: 'reason' })] },
    });
    await review(handler, n, { passed: false, reason: 'misused', cause: 'misuse' });
    await c.eventually(async () => expect(await c.sent(n)).toContain('application-refused → sms sent'));
    expect(await c.state(n)).toMatchObject({
      stage: 'confirming',
      facts: { result: 'refused', refusedFor: 'misused' },
    });
    await take(handler, n, 'confirm-with-customer', { satisfied: false });
    expect(await c.state(n)).toMatchObject({ stage: 'not-satisfied', status: 'follow-up', facts: { again: 1 } });
    await take(handler, n, 'check-policy', { condition: 'defective', purchasedAt: daysAgo(3) });
    await c.people.until(n, (ticket) => ticket.stage === 'applying');
    await apply(handler, n, 'repair');
    await take(handler, n, 'record-material', { codes: ['serial-number'] });
    await review(handler, n, { cause: 'product-defect' });
    await c.advancePast(n, 'carry-out');
    await paths.entry(n, 'breached', { clock: 'carry-out' });
    for (const stage of ['received', 'inspected', 'repaired', 'sent'])
      await take(handler, n, 'record-service-stage', { stage });
    await take(handler, n, 'confirm-with-customer', { satisfied: true });
    await c.advancePast(n, 'revisit');
    await paths.told(n, 'clock-breached → RV001');
    await take('RV001', n, 'record-call-back', { satisfied: false, text: '又坏了' });
    expect((await c.state(n)).stage).toBe('not-satisfied');
    await take('SV001', n, 'cancel', { reason: '客户另行起诉' });
    await c.ended(n);
    await c.saveHistory(n, 'after-sales/repaired-again');
  });

  it('a supervisor sends back to the application, leaves the revisit out (A1)', async () => {
    const { n, handler } = await passed('compensation', 3_000);
    await take('SV001', n, 'send-back', { to: 'applying', reason: '应先退货' });
    expect((await c.state(n)).stage).toBe('applying');
    await apply(handler, n, 'compensation', 2_000);
    await review(handler, n);
    await take(handler, n, 'record-refund', { amountFen: 2_000, method: 'coupon', reference: 'CP-1' });
    await take('SV001', n, 'skip', { stage: 'confirming', reason: '客户已当面确认' });
    await take('SV001', n, 'skip', { stage: 'revisiting', reason: '客户不愿被打扰' });
    await paths.survey(n);
    await c.ended(n);
    const { status, outcome } = await c.state(n);
    expect({ status, outcome }).toEqual({ status: 'closed', outcome: undefined }); // nobody asked whether that was it
    await c.saveHistory(n, 'after-sales/skipped');
  });

  it('a consultation found to be after-sales goes on as such, with the time it has used (A1, C2)', async () => {
    const { n, handler } = await paths.handled();
    await c.advance(n, HOUR);
    const { startedAt } = await c.state(n);
    const asked = { to: 'after-sales', category: 'returns', reason: '客户要求退货' };
    expect(await paths.refused(take(handler, n, 'convert', { ...asked, category: 'quality' }))).toBe('invalid-fields');
    await take(handler, n, 'convert', asked);
    await c.people.until(n, (ticket) => ticket.process === 'after-sales');
    // Its new group's member has it, and takes it from there.
    const { handler: next } = await c.people.until(n, (ticket) => ticket.stage === 'receipt');
    const state = await c.state(n);
    expect([state.process, state.startedAt, state.group]).toEqual(['after-sales', startedAt, 'after-sales']);
    expect(next).toBe('AS001');
    await take('AS001', n, 'confirm-receipt');
    await take('AS001', n, 'check-policy', { condition: 'defective', purchasedAt: daysAgo(1) });
    await c.people.until(n, (ticket) => ticket.stage === 'applying');
    await take('AS001', n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'after-sales/converted');
  });
});
