import { proposeCase, schema } from '@duban/database';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { eq } from 'drizzle-orm';
import { type TestCentre, openCentre } from '../support/centre';
import { referenceTechnicalSupport } from '../support/references/technical-support';
import { DAY, HOUR, inHours, pathsOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;
let customers = 0;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

async function asked() {
  const n = await c.people.register('CS001', exampleIntakes.technicalSupport(customers++));
  const handler = await c.people.handlerOf(n);
  await take(handler, n, 'confirm-receipt');
  return { n, handler };
}
const guidance = (result: string) => ({ result, channel: 'phone', guidance: '按说明书重启并升级固件' });
async function inVain() {
  const ticket = await asked();
  await take(ticket.handler, ticket.n, 'record-guidance', guidance('not-solved'));
  return ticket;
}
async function toTheEnd(n: string, handler: string) {
  await take(handler, n, 'confirm-with-customer', { satisfied: true });
  await take('RV001', n, 'record-call-back', { satisfied: true, text: '使用正常' });
  await paths.survey(n);
  await c.ended(n);
}

describe('technical support (T1)', () => {
  it('guided in vain, visited, confirmed, revisited, surveyed, archived, and proposed as knowledge (T1, P5)', async () => {
    const n = await referenceTechnicalSupport(c.people, customers++);
    await paths.told(n, 'visit-arranged → TS002');
    await paths.survey(n);
    await c.ended(n);
    expect((await c.state(n)).facts).toMatchObject({ guidanceAttempts: 1, visits: 1, revisitSatisfied: true });
    expect(await proposeCase(c.database.db, n, 'archiving')).toBe(true);
    const [draft] = await c.database.db
      .select()
      .from(schema.knowledgeProposals)
      .where(eq(schema.knowledgeProposals.ticket, n));
    expect(draft).toMatchObject({ kind: 'case', category: 'device-fault', state: 'open' });
    expect(draft!.body).toContain('更换电源模块');
    await c.saveHistory(n, 'technical-support/visited');
  });

  it('guidance is counted, and may be all that is needed (T1)', async () => {
    const { n, handler } = await asked();
    expect(await paths.refused(take(handler, n, 'arrange-visit', { at: inHours(5), engineer: 'TS001' }))).toBe(
      'not-open',
    );
    expect(await paths.refused(take(handler, n, 'replace-device', { returned: true, newDevice: 'X' }))).toBe(
      'not-open',
    );
    for (const result of ['not-solved', 'not-solved', 'solved'])
      await take(handler, n, 'record-guidance', guidance(result));
    expect(await c.state(n)).toMatchObject({ stage: 'confirming', facts: { guidanceAttempts: 3, guidance: 'solved' } });
    await toTheEnd(n, handler);
    await c.saveHistory(n, 'technical-support/guided');
  });

  it('engineer and customer are reminded; a no-show gets another appointment, by another engineer (T1)', async () => {
    const { n, handler } = await inVain();
    const nobody = take(handler, n, 'arrange-visit', { at: inHours(30) });
    expect(await paths.refused(nobody)).toBe('required');
    await take(handler, n, 'arrange-visit', { at: inHours(30), engineer: 'AS001' });
    // Moved before anybody came: the new time counts.
    await take(handler, n, 'arrange-visit', { at: inHours(40), engineer: 'AS001' });
    expect((await c.state(n)).supporters).toContain('AS001');
    await c.advance(n, 17 * HOUR);
    await paths.told(n, 'visit-reminder → AS001');
    expect(await c.sent(n)).toContain('visit-reminder → sms sent');
    await c.advancePast(n, 'visit');
    await paths.entry(n, 'breached', { clock: 'visit' });
    await take('AS001', n, 'record-visit', { result: 'no-show', findings: '路上抛锚' });
    const state = await c.state(n);
    expect(state).toMatchObject({ stage: 'appointing', facts: { visitResult: 'no-show' } });
    expect(state.supporters).not.toContain('AS001');
    await paths.told(n, `visit-wanted → ${handler}`);
    const at = new Date((await c.virtualNow(n)) + 10 * HOUR).toISOString();
    await take(handler, n, 'arrange-visit', { at, engineer: 'TS002' });
    await take(handler, n, 'record-visit', { result: 'fixed', arrivedAt: at, findings: '重新布线' });
    await toTheEnd(n, handler);
    await c.saveHistory(n, 'technical-support/no-show');
  });

  it('a visit shows that the device is to be replaced, and it is (T1)', async () => {
    const { n, handler } = await inVain();
    await take(handler, n, 'arrange-visit', { at: inHours(5), engineer: 'TS002' });
    await take('TS002', n, 'record-visit', {
      result: 'needs-replacement',
      arrivedAt: inHours(5),
      findings: '主板烧毁',
    });
    expect((await c.state(n)).stage).toBe('replacing');
    expect(await paths.refused(take(handler, n, 'arrange-visit', { at: inHours(9), engineer: 'TS002' }))).toBe(
      'not-open',
    );
    await c.advancePast(n, 'replacement');
    await paths.entry(n, 'breached', { clock: 'replacement' });
    await take(handler, n, 'replace-device', { returned: true, oldDevice: 'STB-1', newDevice: 'STB-2' });
    await toTheEnd(n, handler);
    await c.saveHistory(n, 'technical-support/replaced');
  });

  it('replaced at once where guidance was in vain; not content → tried anew; the revisit may fail, too (T1)', async () => {
    const { n, handler } = await inVain();
    await take(handler, n, 'replace-device', { returned: false, newDevice: 'STB-3' });
    await take(handler, n, 'confirm-with-customer', { satisfied: false });
    expect((await c.state(n)).stage).toBe('guiding');
    await take(handler, n, 'record-guidance', guidance('solved'));
    await take(handler, n, 'confirm-with-customer', { satisfied: true });
    const clock = await c.advancePast(n, 'revisit');
    expect(clock.dueAt - clock.startedAt).toBe(3 * DAY);
    await paths.entry(n, 'breached', { clock: 'revisit' });
    await paths.told(n, 'clock-breached → RV001');
    await take('RV001', n, 'record-call-back', { satisfied: false, text: '又坏了' });
    expect((await c.state(n)).stage).toBe('guiding');
    await paths.told(n, `not-satisfied → ${handler}`);
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'technical-support/revisit-failed');
  });

  it('a supervisor skips the guidance, and sends back to it; late guidance is told (T1, G13)', async () => {
    const { n, handler } = await asked();
    await c.advancePast(n, 'guidance');
    await paths.entry(n, 'breached', { clock: 'guidance' });
    await take('SV001', n, 'skip', { stage: 'guiding', reason: '设备冒烟' });
    expect((await c.state(n)).stage).toBe('appointing');
    await take(handler, n, 'arrange-visit', { at: inHours(50), engineer: 'TS002' });
    await take('SV001', n, 'send-back', { to: 'guiding', reason: '客户要求先指导' });
    const state = await c.state(n);
    expect(state).toMatchObject({ stage: 'guiding', supporters: [] });
    expect(state.clocks.find(({ key }) => key === 'visit')).toMatchObject({ state: 'cancelled' });
    await take(handler, n, 'record-guidance', guidance('solved'));
    await take('SV001', n, 'skip', { stage: 'confirming', reason: '已电话确认' });
    await take('SV001', n, 'skip', { stage: 'revisiting', reason: '客户不愿再访' });
    await paths.survey(n);
    await c.ended(n);
    await c.saveHistory(n, 'technical-support/skipped');
  });

  it('a consultation that turns out to need a technician goes on as technical support (T1)', async () => {
    const { n } = await paths.handled();
    await take('SV001', n, 'convert', { to: 'technical-support', category: 'device-fault', reason: '设备故障' });
    await c.people.until(n, (t) => t.process === 'technical-support' && t.stage === 'receipt');
    const handler = await c.people.handlerOf(n);
    await take(handler, n, 'confirm-receipt');
    await take(handler, n, 'record-guidance', guidance('solved'));
    await toTheEnd(n, handler);
    await c.saveHistory(n, 'technical-support/converted');
  });
});
