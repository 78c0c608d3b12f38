import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type TestCentre, openCentre } from '../support/centre';
import { referenceAcceptance } from '../support/references/acceptance';
import { DAY, HOUR, pathsOf } from './support';

let c: TestCentre;
const paths = pathsOf(() => c);
const { take } = paths;

beforeAll(async () => {
  c = await openCentre();
}, 120_000);
afterAll(() => c?.close(), 60_000);

const identified = { method: 'questions', passed: true, seen: '核对订单' };
let customers = 10;

/** A business registered, received, and the customer known. */
async function accepted(service: string, form: Record<string, unknown>, method = 'questions') {
  const n = await c.people.register('CS001', exampleIntakes.acceptance(customers++, service, form));
  const handler = await c.people.handlerOf(n);
  await take(handler, n, 'confirm-receipt');
  if (service !== 'membership') await take(handler, n, 'check-identity', { ...identified, method });
  return { n, handler };
}
const visit = () => accepted('store-visit', { matter: 'inspection' });
const change = (form: Record<string, unknown>) => accepted('profile-update', form, 'document');

let slots = 0;
/** A slot of its own, so many hours ahead. */
async function slot(capacity = 1, hours = 72) {
  const id = `t-${++slots}`;
  const startsAt = Date.now() + hours * HOUR + slots * 60_000;
  await c.people.request('SV001', 'PUT', `/service-slots/${id}`, {
    ...{ service: 'store-visit', capacity, startsAt: new Date(startsAt), endsAt: new Date(startsAt + HOUR) },
  });
  return { id, startsAt };
}

async function booked(n: string, id: string) {
  await c.people.until(n, (ticket) => ticket.stage === 'attending');
  expect((await c.state(n)).facts.slot).toBe(id);
}
async function finish(n: string, handler: string) {
  await take(handler, n, 'complete-business', { result: '已办理' });
  await take(handler, n, 'confirm-with-customer', { satisfied: true });
  await paths.survey(n);
  await c.ended(n);
}
const customerOf = async (n: string) =>
  (
    await c.database.sql<Array<{ id: string; phone: string; name: string }>>`
    select c.id, c.phone, c.name from tickets t join customers c on c.id = t.customer_id where t.number = ${n}`
  )[0]!;

describe('business acceptance', () => {
  it('goes from intake to archive, with a receipt to the customer (B1, G11, G12)', async () => {
    const n = await referenceAcceptance(c.people, customers++);
    await paths.survey(n);
    await c.ended(n);
    expect(await c.people.ticket(n)).toMatchObject({ status: 'closed', archived: true, type: 'general' });
    expect(await c.sent(n)).toContain('business-receipt → sms sent');
    expect(c.mailbox.sms.some(({ text }) => text.includes('回执号') && text.includes(n))).toBe(true);
    await c.saveHistory(n, 'acceptance/general');
  });

  it('asks who the customer is before anything is done; three failures are the supervisor’s (B1)', async () => {
    const n = await c.people.register('CS001', exampleIntakes.acceptance(customers++));
    const handler = await c.people.handlerOf(n);
    await take(handler, n, 'confirm-receipt');
    expect(await paths.refused(take(handler, n, 'complete-business', { result: 'x' }))).toBe('not-open');
    for (let i = 0; i < 3; i++) await take(handler, n, 'check-identity', { ...identified, passed: false });
    await paths.told(n, 'identity-failed → SV001');
    expect(await paths.refused(take(handler, n, 'check-identity', identified))).toBe('for-supervisor');
    expect((await c.state(n)).facts).toMatchObject({ identityFailures: 3 });
    await take('SV001', n, 'check-identity', identified);
    expect(await c.state(n)).toMatchObject({ stage: 'handling', facts: { identity: 'passed' } });
    await finish(n, handler);
    await c.saveHistory(n, 'acceptance/identity-failed');
  });

  it('a supervisor goes on without; a business may want a document to be seen; a late check is warned of (B1, G13)', async () => {
    const form = { name: '王新名' };
    const n = await c.people.register('CS001', exampleIntakes.acceptance(customers++, 'profile-update', form));
    const handler = await c.people.handlerOf(n);
    await take(handler, n, 'confirm-receipt');
    expect(await paths.refused(take(handler, n, 'check-identity', identified))).toBe('document-needed');
    await c.advancePast(n, 'identity');
    await paths.entry(n, 'breached', { clock: 'identity' });
    await take('SV001', n, 'skip', { stage: 'identifying', reason: '老客户,主管担保' });
    expect(await c.state(n)).toMatchObject({ stage: 'authorizing', facts: { identity: 'waived' } });
    await take(handler, n, 'withdraw', {});
    await c.ended(n);
    await c.saveHistory(n, 'acceptance/identity-waived');
  });

  it('books a slot, reminds the day before, and records that the customer came (B1)', async () => {
    const { n, handler } = await visit();
    const { id, startsAt } = await slot();
    await take(handler, n, 'reserve', { slot: id });
    await booked(n, id);
    await paths.entry(n, 'booked', { slot: id, startsAt });
    expect((await c.state(n)).clocks.find(({ key }) => key === 'handling')?.state).toBe('met');
    expect(await paths.refused(take(handler, n, 'record-attendance', { attended: false }))).toBe('too-early');
    await c.advance(n, 47 * HOUR);
    expect(await c.sent(n)).not.toContain('appointment-reminder → sms sent');
    await c.advance(n, 2 * HOUR);
    await c.eventually(async () => expect(await c.sent(n)).toContain('appointment-reminder → sms sent'));
    await c.advance(n, startsAt - (await c.virtualNow(n)) + 3 * HOUR);
    await paths.entry(n, 'breached', { clock: 'attendance' });
    await take(handler, n, 'record-attendance', { attended: true });
    await finish(n, handler);
    await c.saveHistory(n, 'acceptance/reserved');
  });

  it('rebooks, cancels, and records a no-show (B1)', async () => {
    const { n, handler } = await visit();
    const [first, second] = [await slot(1, 30), await slot(1, 40)];
    expect(await paths.refused(take(handler, n, 'rebook', { slot: first.id }))).toBe('not-open');
    await take(handler, n, 'reserve', { slot: first.id });
    await booked(n, first.id);
    await take(handler, n, 'rebook', { slot: second.id });
    await paths.entry(n, 'booked', { slot: second.id });
    const holders = await c.database.sql`select slot_id from service_bookings where ticket = ${n}`;
    expect(holders).toEqual([{ slot_id: second.id }]);
    await take(handler, n, 'cancel-reservation', {});
    await c.people.until(n, (ticket) => ticket.stage === 'reserving');
    await take(handler, n, 'reserve', { slot: second.id });
    await booked(n, second.id);
    await c.advance(n, 41 * HOUR);
    await take(handler, n, 'record-attendance', { attended: false });
    expect(await c.state(n)).toMatchObject({ stage: 'reserving', facts: { noShows: 1, attended: false } });
    await finish(n, handler);
    await c.saveHistory(n, 'acceptance/no-show');
  });

  it('a slot never holds more than its capacity: of two at once one gets it, the other hears of it (B1)', async () => {
    const [one, other] = [await visit(), await visit()];
    const { id } = await slot(1);
    const asked = await Promise.all(
      [one, other].map(({ n, handler }) => paths.refused(take(handler, n, 'reserve', { slot: id }))),
    );
    // Whoever is refused at once heard it from the API; else the flow says so.
    await c.eventually(async () => {
      const rows = await c.database.sql`select ticket from service_bookings where slot_id = ${id}`;
      expect(rows).toHaveLength(1);
    });
    const [{ ticket: winner }] = (await c.database.sql`select ticket from service_bookings where slot_id = ${id}`) as [
      { ticket: string },
    ];
    const loser = winner === one.n ? other : one;
    const refused = asked[loser === one ? 0 : 1];
    if (refused === undefined) {
      await paths.entry(loser.n, 'not-booked', { slot: id, reason: 'slot-full' });
      await paths.told(loser.n, `slot-refused → ${loser.handler}`);
    } else expect(refused).toBe('slot-full');
    expect(await paths.refused(take(loser.handler, loser.n, 'reserve', { slot: id }))).toBe('slot-full');
    // What is withdrawn gives its slot back.
    const kept = winner === one.n ? one : other;
    await take(kept.handler, kept.n, 'withdraw', {});
    await c.ended(kept.n);
    await take(loser.handler, loser.n, 'reserve', { slot: id });
    await booked(loser.n, id);
    await c.saveHistory(kept.n, 'acceptance/withdrawn');
    await take('SV001', loser.n, 'cancel', { reason: '门店停业' });
    await c.ended(loser.n);
    const left = await c.database.sql`select ticket from service_bookings where slot_id = ${id}`;
    expect(left).toHaveLength(0);
    await c.saveHistory(loser.n, 'acceptance/cancelled');
  });

  it('an offer is accepted, declined, or spoken of again at the time agreed (B1, G9)', async () => {
    const { n, handler } = await accepted('membership', { plan: 'gold' });
    const later = take(handler, n, 'record-offer', { outcome: 'later', offer: '介绍金卡' });
    await expect(later).rejects.toMatchObject({ body: { errors: [expect.objectContaining({ field: 'nextAt' })] } });
    const nextAt = new Date((await c.virtualNow(n)) + 2 * DAY).toISOString();
    await take(handler, n, 'record-offer', { outcome: 'later', nextAt, offer: '客户要考虑' });
    const clock = await c.advancePast(n, 'contact');
    expect(clock.dueAt).toBe(Date.parse(nextAt));
    await paths.told(n, `clock-breached → ${handler}`);
    expect(await paths.refused(take(handler, n, 'complete-business', { result: 'x' }))).toBe('not-open');
    await take(handler, n, 'record-offer', { outcome: 'declined', offer: '暂不需要' });
    expect((await c.state(n)).facts).toMatchObject({ offer: 'declined', offers: 2 });
    await finish(n, handler);
    await c.saveHistory(n, 'acceptance/offered');
  });

  it('changes the customer’s data after approval only, once, with what stood there before (B1, P4)', async () => {
    const { n, handler } = await change({ name: '李新名', phone: '13912340000', reason: '改名' });
    const before = await customerOf(n);
    await paths.told(n, 'change-approval-wanted → TL001');
    expect(await paths.refused(take(handler, n, 'approve-change', {}))).toBe('not-yours');
    await c.advancePast(n, 'change-approval');
    await paths.entry(n, 'breached', { clock: 'change-approval', late: 'team-leader' });
    await take('TL001', n, 'approve-change', { note: '证件已核' });
    await c.people.until(n, (ticket) => ticket.stage === 'handling');
    await paths.entry(n, 'profile-changed');
    const after = await customerOf(n);
    expect(after).toEqual({ id: before.id, name: '李新名', phone: '+8613912340000' });
    expect(await paths.refused(take('SV001', n, 'approve-change', {}))).toBe('not-open');
    const { body } = await c.people.request<{ changes: unknown[] }>('CS001', 'GET', `/customers/${before.id}/changes`);
    expect(body.changes).toEqual([
      expect.objectContaining({
        ...{ ticket: n, approvedBy: 'TL001', before: expect.objectContaining({ name: before.name }) },
        after: { name: '李新名', phone: '139****0000' },
      }),
    ]);
    const [audited] = await c.database.sql`
      select detail from audit where action = 'customer:change-applied' and object = ${before.id}`;
    expect(audited!.detail).toEqual({ ticket: n, fields: ['name', 'phone'] });
    // Sent back and approved again: there is nothing left to change, and nothing is lost.
    await take('SV001', n, 'send-back', { to: 'authorizing', reason: '复核' });
    await take('SV001', n, 'approve-change', {});
    await c.people.until(n, (ticket) => ticket.stage === 'handling');
    expect(await customerOf(n)).toEqual(after);
    await finish(n, handler);
    await c.saveHistory(n, 'acceptance/profile-changed');
  });

  it('a change that is rejected is not applied; a customer who is not satisfied is served again (B1, G11)', async () => {
    const { n, handler } = await change({ email: 'new@example.com' });
    const before = await customerOf(n);
    await take('SV001', n, 'reject-change', { reason: '证件不符' });
    await paths.told(n, `change-decided → ${handler}`);
    await take(handler, n, 'complete-business', { result: '已告知客户' });
    await take(handler, n, 'confirm-with-customer', { satisfied: false });
    expect(await c.state(n)).toMatchObject({ stage: 'not-satisfied', status: 'follow-up' });
    expect(await customerOf(n)).toEqual(before);
    await finish(n, handler);
    await c.saveHistory(n, 'acceptance/rejected');
  });

  it('another business is added without asking again who the customer is (B1)', async () => {
    const { n, handler } = await accepted('certificate', { purpose: '签证' });
    const next = { service: 'store-visit', category: 'reservation', form: { matter: 'pick-up' } };
    expect(await paths.refused(take(handler, n, 'add-business', next))).toBe('not-open');
    await take(handler, n, 'complete-business', { result: '已开具' });
    await expect(take(handler, n, 'add-business', { ...next, category: 'product' })).rejects.toMatchObject({
      body: { errors: [expect.objectContaining({ field: 'category', code: 'wrong-process' })] },
    });
    await expect(take(handler, n, 'add-business', { ...next, form: {} })).rejects.toMatchObject({
      body: { errors: [expect.objectContaining({ field: 'form.matter', code: 'required' })] },
    });
    await take(handler, n, 'add-business', next);
    const { data } = await paths.entry(n, 'linked', { kind: 'followed-by' });
    const second = data!.ticket as string;
    await c.people.until(second, (ticket) => ticket.stage === 'reserving');
    const { facts, handler: same } = await c.state(second);
    expect([same, facts.identity, (await customerOf(second)).id]).toEqual([
      handler,
      'passed',
      (await customerOf(n)).id,
    ]);
    await take(handler, second, 'withdraw', {});
    await c.ended(second);
    // The loop goes on while the survey is open, too; a document must still be seen for what wants one.
    await take(handler, n, 'confirm-with-customer', { satisfied: true });
    const profile = { service: 'profile-update', category: 'profile', form: { name: '新名' } };
    await take(handler, n, 'add-business', profile);
    const third = await c.eventually(async () => {
      const { links } = await c.state(n);
      if (links.length < 2) throw new Error('not linked yet');
      return links[1]!.ticket;
    });
    await c.people.until(third, (ticket) => ticket.stage === 'identifying');
    await take(handler, third, 'withdraw', {});
    await Promise.all([c.ended(third), paths.survey(n)]);
    await c.ended(n);
    await c.saveHistory(n, 'acceptance/another-business');
    await c.saveHistory(second, 'acceptance/second-business');
  });

  it('reopened after the archive, it is the same business, and the customer is known (B1)', async () => {
    const { n, handler } = await accepted('certificate', { purpose: '留学' });
    await finish(n, handler);
    await c.people.until(n, (ticket) => ticket.archived);
    const { body } = await c.people.request<{ linked: string }>(handler, 'POST', `/tickets/${n}/steps/reopen`, {
      reason: '证明有误',
    });
    const again = body.linked;
    await c.people.until(again, (ticket) => ticket.handler === handler);
    await take(handler, again, 'confirm-receipt');
    expect(await c.state(again)).toMatchObject({
      stage: 'handling',
      facts: { service: 'certificate', identity: 'passed' },
    });
    await finish(again, handler);
    await c.saveHistory(again, 'acceptance/reopened');
  });
});
