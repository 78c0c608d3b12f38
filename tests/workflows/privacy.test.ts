import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { exampleIntakes } from '@duban/infra/local/seed-tickets';
import { type TestCentre, openCentre } from '../support/centre';
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

  it('runs all three processes with canaries in every field', async () => {
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

  it('the canaries are in the database, so there was something to find', async () => {
    const [row] = await c.database
      .sql`select count(*)::int as n from steps where material::text like ${`%${canary.text}%`}`;
    expect(row!.n).toBeGreaterThan(15);
    expect(c.mailbox.sms.some((sms) => sms.text.includes(canary.text))).toBe(true);
  });

  it('not in any history', async () => {
    for (const number of numbers) {
      const history = reveal(JSON.parse(historyToJSON(await c.client.workflow.getHandle(number).fetchHistory())));
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
