import { type TestCentre, openCentre } from '../support/centre';
import { DAY, HOUR, inHours, pathsOf, systemOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

const report = (liability: string, department?: string) => ({
  ...{ liability, side: 'product', substantiated: true, findings: '经查属实' },
  ...(department ? { department } : {}),
});

async function evidence(n: string, handler: string): Promise<string> {
  const body = { ticket: n, kind: 'evidence', body: { reference: 'REC-1', text: '客户电话同意方案' } };
  return (await c.people.request<{ id: string }>(handler, 'POST', '/materials', body)).body.id;
}

async function consent(n: string, handler: string) {
  await take(handler, n, 'record-consent', { accepted: true, form: 'voice', evidence: await evidence(n, handler) });
}

/** Investigated and consented to: the rectification is due. */
async function agreed(liability = 'system-fault', department: string | undefined = 'TECH') {
  const { n, handler } = await paths.complaint();
  await take('SV001', n, 'submit-report', report(liability, department));
  await take(handler, n, 'propose-solution', solutionFor(liability));
  await consent(n, handler);
  return { n, handler };
}

function solutionFor(liability: string) {
  const whole = {
    'agent-error': { apologyBy: 'SV001', compensation: 'coupon', dueAt: inHours(24) },
    'system-fault': { compensation: 'service-upgrade', dueAt: inHours(48) },
    'process-defect': { dueAt: inHours(24 * 30) },
    'external-factor': { compensation: 'goodwill' },
  }[liability];
  return { liability, action: '具体方案', ...whole };
}

async function toTheEnd(n: string, handler: string) {
  const { departments } = await c.state(n);
  if (departments.some((d) => d.id === 'TECH')) await take('TD001', n, 'complete-rectification', { result: '已修复' });
  else await take(handler, n, 'complete-rectification', { result: '已落实' });
  await take('SV001', n, 'verify-rectification', { accepted: true });
  await take('SV001', n, 'record-revisit', { satisfied: true, effective: true, text: '客户满意' });
  await paths.survey(n);
  await c.ended(n);
}

describe('K1–K5: a complaint', () => {
  it.each(['agent-error', 'system-fault', 'process-defect', 'external-factor'])(
    'K3: %s asks for its own solution, is carried out, verified, revisited and kept two years',
    async (liability) => {
      const { n, handler } = await paths.complaint();
      await paths.told(n, 'investigation-wanted → SV001');
      await take(handler, n, 'reply', { channel: 'phone', text: '非常给您带来不便,我理解您的感受' });
      await take('SV001', n, 'form-group', { lead: 'SV001', members: ['TS001'], departments: ['OPS'] });
      await paths.told(n, 'group-formed → TS001');
      await take('TS001', n, 'add-evidence', { kind: 'system-log', reference: 'LOG-9' });
      await paths.signal(n, 'add-evidence', systemOf('OPS'), { kind: 'recording' });
      await paths.entry(n, 'step', { step: 'add-evidence', origin: 'signal' });
      const department = liability === 'system-fault' ? 'TECH' : undefined;
      await take('TS001', n, 'submit-report', report(liability, department));
      const wrong = liability === 'agent-error' ? 'system-fault' : 'agent-error';
      expect(await paths.refused(take(handler, n, 'propose-solution', solutionFor(wrong)))).toBe('wrong-liability');
      await take(handler, n, 'propose-solution', solutionFor(liability));
      await consent(n, handler);
      await toTheEnd(n, handler);
      const [archive] = await c.database.sql`select retain_until from archives where ticket = ${n} and part = 1`;
      expect(Date.parse(archive!.retain_until as string) - Date.now()).toBeGreaterThan(2 * 365 * DAY);
      expect(await c.people.ticket(n)).toMatchObject({ status: 'closed', archived: true });
      await c.saveHistory(n, `complaint/${liability}`);
    },
  );

  it('K3: what a liability asks for is required, field by field', async () => {
    const { n, handler } = await paths.complaint();
    await take('SV001', n, 'submit-report', report('agent-error'));
    const poor = take(handler, n, 'propose-solution', {
      liability: 'agent-error',
      action: '道歉',
      compensation: 'coupon',
    });
    await expect(poor).rejects.toMatchObject({
      status: 422,
      body: { errors: [expect.objectContaining({ field: 'apologyBy' })] },
    });
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'complaint/withdrawn');
  });

  it('K3: refused → negotiated again; nothing is carried out without consent on record', async () => {
    const { n, handler } = await paths.complaint();
    await take('SV001', n, 'submit-report', report('system-fault', 'TECH'));
    await take(handler, n, 'propose-solution', solutionFor('system-fault'));
    expect(await paths.refused(take('SV001', n, 'complete-rectification', { result: 'x' }))).toBe('not-open');
    const unproved = take(handler, n, 'record-consent', { accepted: true, form: 'voice' });
    await expect(unproved).rejects.toMatchObject({
      body: { errors: [expect.objectContaining({ field: 'evidence' })] },
    });
    await take(handler, n, 'record-consent', { accepted: false, form: 'voice', note: '补偿不够' });
    expect((await c.people.ticket(n)).stage).toBe('negotiating');
    expect(await paths.refused(take('SV001', n, 'complete-rectification', { result: 'x' }))).toBe('not-open');
    await take(handler, n, 'propose-solution', solutionFor('system-fault'));
    await consent(n, handler);
    await paths.told(n, 'rectification-wanted → TD001');
    await toTheEnd(n, handler);
    await c.saveHistory(n, 'complaint/renegotiated');
  });

  it('K2: the report is warned of before 24 hours and reported after them', async () => {
    const { n, handler } = await paths.complaint();
    const clock = await c.advancePast(n, 'investigation', 80);
    expect(clock.dueAt - clock.startedAt).toBe(24 * HOUR);
    await paths.entry(n, 'warned', { clock: 'investigation' });
    await c.advancePast(n, 'investigation');
    const late = await paths.entry(n, 'breached', { clock: 'investigation' });
    expect(late.data).toMatchObject({ late: 'supervisor', dueAt: clock.dueAt });
    await paths.told(n, 'clock-breached → SV001');
    await take('SV001', n, 'submit-report', report('process-defect'));
    await paths.entry(n, 'clock-met-late', { clock: 'investigation' });
    await c.advancePast(n, 'solution');
    await paths.entry(n, 'breached', { clock: 'solution' });
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'complaint/report-late');
  });

  it('K4: a rectification has the deadline promised; late, sent back, done again', async () => {
    const { n, handler } = await agreed();
    const clock = (await c.state(n)).clocks.find((k) => k.key === 'rectification')!;
    expect(Math.abs(clock.dueAt - (Date.now() + 48 * HOUR))).toBeLessThan(60_000);
    await c.advancePast(n, 'rectification');
    await paths.entry(n, 'breached', { clock: 'rectification' });
    await paths.signal(n, 'complete-rectification', systemOf('TECH'));
    await c.people.until(n, (t) => t.stage === 'verifying');
    await c.advancePast(n, 'verification');
    await paths.entry(n, 'breached', { clock: 'verification' });
    await take('SV001', n, 'verify-rectification', { accepted: false, note: '问题仍在' });
    expect((await c.people.ticket(n)).stage).toBe('rectifying');
    await paths.told(n, 'rectification-returned → TD001');
    await toTheEnd(n, handler);
    await c.saveHistory(n, 'complaint/rectification-returned');
  });

  it('K5: revisited within three days; not satisfied → reopened', async () => {
    const { n, handler } = await agreed();
    await take('TD001', n, 'complete-rectification', { result: '已修复' });
    await take('SV001', n, 'verify-rectification', { accepted: true });
    const clock = await c.advancePast(n, 'revisit');
    expect(clock.dueAt - clock.startedAt).toBe(3 * DAY);
    await paths.entry(n, 'breached', { clock: 'revisit' });
    await take('RV001', n, 'record-revisit', { satisfied: false, effective: false, text: '问题再现' });
    expect(await c.people.ticket(n)).toMatchObject({ stage: 'negotiating', status: 'in-progress' });
    expect((await c.state(n)).facts.reopened).toBe(1);
    await take(handler, n, 'propose-solution', {
      ...solutionFor('system-fault'),
      dueAt: new Date(Date.now() + 30 * DAY).toISOString(),
    });
    await consent(n, handler);
    await toTheEnd(n, handler);
    await c.saveHistory(n, 'complaint/revisit-late-reopened');
  });

  it('K2: only the group and the supervisor report; a closed complaint starts again where the promise broke', async () => {
    const { n, handler } = await paths.complaint();
    expect(await paths.refused(take(handler, n, 'submit-report', report('agent-error')))).toBe('not-yours');
    await take('SV001', n, 'submit-report', report('agent-error'));
    await take(handler, n, 'propose-solution', solutionFor('agent-error'));
    await consent(n, handler);
    await take(handler, n, 'complete-rectification', { result: '已致歉' });
    await take('SV001', n, 'verify-rectification', { accepted: true });
    await take('SV001', n, 'record-revisit', { satisfied: true, effective: true, text: '满意' });
    await take('CS002', n, 'reopen', { reason: '承诺的优惠券没有收到' });
    const again = (await paths.entry(n, 'linked', { kind: 'reopened-as' })).data!.ticket as string;
    await c.ended(n);
    await c.people.until(again, (t) => t.stage === 'negotiating');
    expect((await c.state(again)).facts.liability).toBe('agent-error');
    await take('CS002', again, 'withdraw', {});
    await c.ended(again);
    await c.saveHistory(n, 'complaint/reopened');
    await c.saveHistory(again, 'complaint/reopens');
  });

  it('an escalation holds the complaint open; then it goes on', async () => {
    const { n, handler } = await agreed();
    await take(handler, n, 'escalate', {
      ...{
        reasonKind: 'several-departments',
        departments: ['TECH', 'OPS'],
        reason: 'r',
        description: 'd',
        tried: 't',
        expected: 'e',
      },
    });
    const linked = (await paths.entry(n, 'linked')).data!.ticket as string;
    expect((await c.people.ticket(n)).status).toBe('escalated');
    await take('TD001', n, 'complete-rectification', { result: '已修复' });
    expect(await paths.refused(take('SV001', n, 'verify-rectification', { accepted: true }))).toMatch(
      /not-open|escalation-open/,
    );
    await c.people.until(linked, (t) => t.stage === 'approving' && t.revision > 0);
    await take('SV001', linked, 'reject', { reason: '不必要' });
    await paths.entry(n, 'link-changed', { outcome: 'rejected' });
    await take('SV001', n, 'verify-rectification', { accepted: true });
    await take('SV001', n, 'record-revisit', { satisfied: true, effective: true, text: '满意' });
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'complaint/escalated');
  });
});
