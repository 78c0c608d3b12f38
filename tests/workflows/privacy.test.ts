import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { historiesOf } from '@duban/platform';
import { announceFault, exampleFault } from '@duban/infra/local/demo-faults';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type TestCentre, openCentre } from '../support/centre';
import { fullPoints, wantCheck } from '../support/references/quality-check';
import { goodScores, wantRevisit } from '../support/references/revisit';
import { repairPromise } from '../support/references/fault';
import { inHours, pathsOf } from './support';

/** Planted everywhere a person can write; none may ever reach Temporal or a log line. */
const canary = {
  name: '金丝雀甲乙丙',
  phone: '13877665544',
  email: 'canary-4711@example.com',
  text: '绝密正文canary-text-0815',
};

let c: TestCentre;
const paths = pathsOf(() => c);
const written: string[] = [];
const originals = { out: process.stdout.write, err: process.stderr.write };

beforeAll(async () => {
  process.env.LOG_LEVEL = 'trace';
  const keep = ((chunk: string | Uint8Array) => {
    written.push(String(chunk));
    return true;
  }) as typeof process.stdout.write;
  process.stdout.write = keep;
  process.stderr.write = keep;
  c = await openCentre();
}, 120_000);
afterAll(async () => {
  process.stdout.write = originals.out;
  process.stderr.write = originals.err;
  await c?.close();
}, 60_000);

const planted = { ...canary, digits: canary.phone.slice(-8) };
const needles = Object.values(planted);

/** Payloads are base64 in JSON: looked into, too. */
function reveal(value: unknown): string {
  const json = JSON.stringify(value);
  const decoded = [...json.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)].map((match) =>
    Buffer.from(match[1]!, 'base64').toString('utf8'),
  );
  return [json, ...decoded].join('\n');
}

const person = { name: canary.name, title: 'ms', phone: canary.phone, email: canary.email };
const everywhere = {
  customer: person,
  subject: canary.text,
  content: canary.text,
  remarks: canary.text,
  orderNo: 'canary-4711',
  consignee: canary.name,
};

describe('design 10: no personal data and no free text in Temporal or in logs', () => {
  const numbers: string[] = [];

  it('runs the processes with canaries in every field', async () => {
    const { take } = paths;
    const t = canary.text;
    const consultation = await c.people.register('CS001', { ...exampleIntakes.consultation(0), ...everywhere });
    const handler = await c.people.handlerOf(consultation);
    await take(handler, consultation, 'confirm-receipt');
    await take(handler, consultation, 'reply', { channel: 'sms', text: t });
    await take(handler, consultation, 'request-answer', { question: t, callback: canary.phone });
    await take('TL001', consultation, 'provide-answer', { answer: t });
    await take(handler, consultation, 'report-progress', { text: t });
    await take(handler, consultation, 'wait-for-customer', { reason: t });
    await take(handler, consultation, 'customer-replied', { text: t });
    await take(handler, consultation, 'escalate', {
      reasonKind: 'other',
      departments: ['TECH'],
      reason: t,
      description: t,
      tried: t,
      expected: t,
    });
    const escalation = (await paths.entry(consultation, 'linked')).data!.ticket as string;
    await c.people.until(escalation, (ticket) => ticket.stage === 'approving' && ticket.revision > 0);
    await take('SV001', escalation, 'approve', { departments: ['TECH'], note: t });
    await take('TD001', escalation, 'acknowledge', {
      department: 'TECH',
      rank: 'manager',
      expectedAt: inHours(5),
      contact: canary.name,
      phone: canary.phone,
    });
    await take('TD001', escalation, 'report-progress', { text: t });
    await take(handler, escalation, 'tell-progress', { form: 'sms', text: t });
    await take('TD001', escalation, 'raise-dispute', { department: 'TECH', reason: t });
    await take('CM001', escalation, 'record-ruling', { department: 'TECH', dueAt: inHours(9), minutes: t });
    await take('TD001', escalation, 'deliver-result', { department: 'TECH', result: t });
    await take(handler, escalation, 'tell-customer', { accepted: true, form: 'written', text: t });
    await c.ended(escalation);
    await paths.entry(consultation, 'link-changed');
    await take(handler, consultation, 'resolve', { result: t });
    await take(handler, consultation, 'confirm-with-customer', { satisfied: true, feedback: t });
    await paths.survey(consultation);
    await c.ended(consultation);
    const complaint = await c.people.register('CS001', {
      ...exampleIntakes.complaint(1),
      ...everywhere,
      cause: t,
      persons: canary.name,
      place: t,
    });
    const second = await c.people.handlerOf(complaint);
    await take(second, complaint, 'confirm-receipt');
    await take('SV001', complaint, 'form-group', { lead: 'SV001', note: t });
    await take('SV001', complaint, 'add-evidence', { kind: 'chat', reference: t, note: t });
    await take('SV001', complaint, 'submit-report', {
      liability: 'external-factor',
      side: 'logistics',
      substantiated: true,
      findings: t,
    });
    await take(second, complaint, 'propose-solution', {
      liability: 'external-factor',
      compensation: 'goodwill',
      action: t,
      compensationDetail: t,
    });
    await take(second, complaint, 'urge', { note: t });
    await take(second, complaint, 'withdraw', { reason: t });
    await c.ended(complaint);
    numbers.push(consultation, escalation, complaint);
    const emergency = await c.people.register('CS001', { ...exampleIntakes.emergency(4), ...everywhere });
    await c.people.until(emergency, (ticket) => ticket.stage === 'alarming' && ticket.revision > 0);
    await take('SV001', emergency, 'take-command', { note: t });
    await take('SV001', emergency, 'add-task', { owner: 'TS001', dueAt: inHours(1), what: t });
    await take('TS001', emergency, 'complete-task', { task: 'freeze', outcome: 'done', result: t });
    await take('SV001', emergency, 'log-entry', { kind: 'contact', text: t });
    await take('SV001', emergency, 'pause', { reason: t });
    await take('SV001', emergency, 'continue', { note: t });
    await take('SV001', emergency, 'cancel', { reason: t });
    const suggestion = await c.people.register('CS001', { ...exampleIntakes.suggestion(5), ...everywhere });
    const reader = await c.people.handlerOf(suggestion);
    await take(reader, suggestion, 'confirm-receipt');
    await take(reader, suggestion, 'route-suggestion', { department: 'TECH', note: t });
    await take('TD001', suggestion, 'answer-suggestion', { verdict: 'adopted', answer: t });
    await take(reader, suggestion, 'thank-customer', { channel: 'sms', text: t });
    const converted = await c.people.register('CS001', { ...exampleIntakes.consultation(6), ...everywhere });
    const agent = await c.people.handlerOf(converted);
    await take(agent, converted, 'confirm-receipt');
    await take(agent, converted, 'convert', {
      ...{ to: 'complaint', category: 'attitude', occurredAt: inHours(-2), demands: ['apology'] },
      ...{ reason: t, cause: t, persons: canary.name },
    });
    await c.people.until(converted, (ticket) => ticket.process === 'complaint');
    numbers.push(emergency, suggestion, converted);
    const announcement = await announceFault(c.people, { ...exampleFault(), title: t, cause: t, progress: t });
    await c.people.until(announcement, (ticket) => ticket.revision > 0);
    await take('DM001', announcement, 'update-fault', { progress: t, expectedAt: inHours(9) });
    const inside = await c.people.register('CS001', { ...exampleIntakes.fault(7, 'east'), ...everywhere, symptom: t });
    await c.people.until(inside, (ticket) => ticket.stage === 'awaiting-recovery');
    await take('DM001', announcement, 'end-fault', { result: t });
    await c.people.until(inside, (ticket) => ticket.stage === 'recovered');
    await take('CS001', inside, 'still-broken', { text: t });
    const repairer = await c.people.handlerOf(inside);
    await take(repairer, inside, 'confirm-receipt');
    await take(repairer, inside, 'diagnose', { result: 'dispatch', findings: t });
    await take(repairer, inside, 'dispatch-repair', { department: 'TECH', instructions: t });
    await take('TD001', inside, 'acknowledge', { ...repairPromise('TECH'), contact: canary.name, phone: canary.phone });
    await take('TD001', inside, 'arrange-visit', { at: inHours(5), address: t, note: t });
    await take('TD001', inside, 'record-visit', { result: 'fixed', arrivedAt: inHours(5), findings: t });
    await take(repairer, inside, 'confirm-with-customer', { satisfied: true, feedback: t });
    const device = { ...exampleIntakes.technicalSupport(8), ...everywhere, symptom: t };
    const support = await c.people.register('CS001', device);
    const technician = await c.people.handlerOf(support);
    await take(technician, support, 'confirm-receipt');
    await take(technician, support, 'record-guidance', { result: 'not-solved', channel: 'phone', guidance: t });
    await take(technician, support, 'replace-device', {
      ...{ returned: true, oldDevice: 'canary-4711', newDevice: t.slice(0, 100), note: t },
    });
    await take(technician, support, 'confirm-with-customer', { satisfied: true, feedback: t });
    await take('RV001', support, 'record-call-back', { satisfied: true, text: t });
    numbers.push(announcement, inside, support);
    // Refused input is the likeliest to be logged whole.
    await c.people
      .request(
        'CS001',
        'POST',
        '/tickets',
        { ...exampleIntakes.consultation(0), ...everywhere, unknown: t },
        { 'idempotency-key': 'k' },
      )
      .catch(() => undefined);
  }, 120_000);

  it('business acceptance and after-sales, with canaries in every field, forms included', async () => {
    const { take } = paths;
    const t = canary.text;
    const begin = async (intake: object) => {
      const n = await c.people.register('CS001', { ...intake, ...everywhere });
      const handler = await c.people.handlerOf(n);
      await take(handler, n, 'confirm-receipt');
      return { n, handler };
    };
    const identity = { method: 'document', passed: true, seen: t };
    const form = { name: canary.name, phone: canary.phone, email: canary.email, reason: t };
    const change = await begin(exampleIntakes.acceptance(2, 'profile-update', form));
    await take(change.handler, change.n, 'check-identity', identity);
    await take('TL001', change.n, 'approve-change', { note: t });
    await c.people.until(change.n, (ticket) => ticket.stage === 'handling');
    await take(change.handler, change.n, 'complete-business', { result: t });
    const next = { service: 'profile-update', category: 'profile', content: t, form };
    await take(change.handler, change.n, 'add-business', next);
    const second = (await paths.entry(change.n, 'linked')).data!.ticket as string;
    await c.people.until(second, (ticket) => ticket.stage === 'authorizing');
    await take('TL001', second, 'reject-change', { reason: t });
    await take(change.handler, second, 'withdraw', { reason: t });
    await c.ended(second);
    await take(change.handler, change.n, 'confirm-with-customer', { satisfied: true, feedback: t });
    await paths.survey(change.n);
    const visit = await begin(exampleIntakes.acceptance(2, 'store-visit', { matter: 'inspection' }));
    await take(visit.handler, visit.n, 'check-identity', identity);
    await take(visit.handler, visit.n, 'reserve', { slot: 'visit-1', note: t });
    await c.people.until(visit.n, (ticket) => ticket.stage === 'attending');
    await take(visit.handler, visit.n, 'cancel-reservation', { reason: t });
    await c.people.until(visit.n, (ticket) => ticket.stage === 'reserving');
    await take(visit.handler, visit.n, 'withdraw', { reason: t });
    const offer = await begin(exampleIntakes.acceptance(2, 'membership', { plan: 'gold' }));
    await take(offer.handler, offer.n, 'record-offer', { outcome: 'declined', offer: t });
    await take(offer.handler, offer.n, 'withdraw', { reason: t });
    const refund = await begin(exampleIntakes['after-sales'](3));
    const step = (name: string, input: object) => take(refund.handler, refund.n, name, input as never);
    await step('check-policy', { condition: 'wrong-item', purchasedAt: inHours(-24), note: t });
    await c.people.until(refund.n, (ticket) => ticket.stage === 'applying');
    await step('apply-service', { kind: 'return', amountFen: 60_000, description: t, address: t });
    await step('record-material', { codes: ['invoice', 'photo'], note: t });
    await step('review-application', { passed: true, cause: 'wrong-delivery', note: t });
    await take('SV001', refund.n, 'approve-refund', { amountFen: 60_000, note: t });
    for (const stage of ['received', 'inspected']) await step('record-service-stage', { stage, note: t });
    await step('record-refund', { amountFen: 60_000, method: 'bank', reference: t });
    await step('confirm-with-customer', { satisfied: true, feedback: t });
    await take('RV001', refund.n, 'record-call-back', { satisfied: true, text: t });
    await paths.survey(refund.n);
    const all = [change.n, visit.n, offer.n, refund.n];
    await Promise.all(all.map((n) => c.ended(n)));
    numbers.push(...all, second);
  }, 120_000);

  it('revisits and quality checks, with canaries in every field, answers and remarks included', async () => {
    const { take } = paths;
    const t = canary.text;
    const checked = numbers[0]!;
    const revisit = await wantRevisit(c.people, checked);
    await c.people.handlerOf(revisit);
    await take('RV001', revisit, 'confirm-receipt');
    await take('RV001', revisit, 'record-attempt', { result: 'no-answer', note: t });
    await take('RV001', revisit, 'record-answers', {
      ...{ scores: { ...goodScores, product: 1 }, answers: { advice: t }, problem: 'complaint', need: t },
    });
    await c.ended(revisit);
    const followUp = (await paths.entry(revisit, 'linked')).data!.ticket as string;
    await c.people.until(followUp, (ticket) => ticket.revision > 0);
    const check = await wantCheck(c.people, checked);
    const scorer = await c.people.handlerOf(check);
    await take(scorer, check, 'confirm-receipt');
    await take(scorer, check, 'score', { points: fullPoints, remarks: t });
    const agent = (await c.state(check)).facts.checkedAgent as string;
    await take(agent, check, 'appeal', { reason: t });
    await take('TL001', check, 'decide-appeal', { upheld: false, reason: t });
    await c.ended(check);
    numbers.push(revisit, followUp, check);
  }, 60_000);

  it('the canaries are in the database, so there was something to find', async () => {
    const [row] = await c.database
      .sql`select count(*)::int as n from steps where material::text like ${`%${canary.text}%`}`;
    expect(row!.n).toBeGreaterThan(15);
    expect(c.mailbox.sms.some((sms) => sms.text.includes(canary.text))).toBe(true);
  });

  it('not in any history', async () => {
    for (const number of numbers) {
      const runs = await historiesOf(c.client, number);
      const history = runs.map((run) => reveal(JSON.parse(historyToJSON(run)))).join('\n');
      expect(history).toContain(number);
      for (const needle of needles) expect(history).not.toContain(needle);
    }
  });

  it('not in any visibility row', async () => {
    const rows: unknown[] = [];
    for await (const workflow of c.client.workflow.list()) rows.push(workflow.raw);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    const text = reveal(rows);
    for (const needle of needles) expect(text).not.toContain(needle);
  });

  it('not in any log line, at the finest level', () => {
    const text = written.join('');
    for (const service of ['api', 'assignment', 'notification']) expect(text).toContain(`"service":"${service}"`);
    for (const [what, needle] of Object.entries(planted))
      expect({ what, logged: text.includes(needle) }).toEqual({ what, logged: false });
  });
});
