import { type Process, processes } from '@duban/contracts';
import {
  addContact,
  createArticle,
  createDraft,
  createProblem,
  createWebhookEndpoint,
  makeReview,
  projectionOf,
  putCategory,
  putServiceKind,
  putSlot,
  schema,
  secretHash,
} from '@duban/database';
import { manual } from '@duban/policy/presets';
import { eq } from 'drizzle-orm';
import { addTicket, snapshotOf } from '../support/fixtures';
import { type TestApi, numberOf } from './support';

const TICKET = 20_260_131_000_042;
/** What the revisit and the check among the examples go by. */
const asked = { questionnaire: 'general:1', form: 'service:1' };
const later = () => new Date(Date.now() + 3_600_000);

/** Makes the things that the examples of the OpenAPI document name. */
export async function makeExampleWorld({ database: { db } }: TestApi): Promise<void> {
  await putCategory(db, {
    ...{ id: 'function', parent: null, process: 'consultation', nameZh: '功能使用', nameEn: 'Functions' },
    ...{ group: 'desk', priority: 'P2', usualSolution: null, active: true },
  });
  const [agent] = await db
    .select()
    .from(schema.staff)
    .where(eq(schema.staff.id, numberOf('agent')));
  await db.insert(schema.staff).values({ ...agent!, id: 'CS001' });
  await people();
  await business();
  await faults();
  for (const [i, process] of processes.entries()) await ticket(String(TICKET + i), process);
  await ticket('20260131000099', 'consultation');
  await ticket('20260131000098', 'consultation');
  await db.update(schema.tickets).set({ closedAt: new Date() }).where(eq(schema.tickets.number, '20260131000098'));
  await db
    .update(schema.tickets)
    .set({ customer: `C-${TICKET}` })
    .where(eq(schema.tickets.number, '20260131000099'));
  await addContact(db, { customer: `C-${TICKET}`, kind: 'phone', value: '+8613800001234' });
  await db.insert(schema.customerLinks).values({
    ...{ tokenHash: secretHash('survey-token-of-the-customer'), ticket: String(TICKET), purpose: 'survey' },
    expiresAt: later(),
  });
  await db.insert(schema.customerLinks).values({
    ...{ tokenHash: secretHash('revisit-token-of-the-customer'), purpose: 'revisit' },
    ...{ ticket: String(TICKET + processes.indexOf('revisit')), expiresAt: later() },
  });
  await channels();
  await knowledge();
  await rest();

  async function people() {
    for (const id of ['C202601001', 'C202601002', 'C202601003'])
      await db
        .insert(schema.customers)
        .values({ id, name: `客户${id.slice(-2)}`, phone: `+86138000043${id.slice(-2)}` });
    // The first contact of all: the examples know its number.
    await addContact(db, { customer: 'C202601001', value: '+8613800004301' });
    await db.insert(schema.absences).values({
      ...{ id: 'ab-1001', staff: 'CS001', kind: 'leave', createdBy: 'CS001' },
      ...{ from: new Date('2026-01-19T00:00:00+08:00'), to: new Date('2026-01-22T00:00:00+08:00') },
    });
  }

  async function ticket(number: string, process: Process) {
    await addTicket(
      db,
      number,
      {
        ...{ process, policy: 'manual', category: 'function', createdBy: 'CS001' },
        ...(process === 'acceptance' ? { form: { service: 'service-1', form: {} } } : {}),
      },
      { phone: null },
    );
    const state = snapshotOf(number, {
      ...{ process, revision: 3, status: 'in-progress', stage: 'revisiting', openSteps: ['reply'] },
      ...{ handler: numberOf('agent'), departments: [{ id: 'TECH', state: 'acknowledged' }] },
      breaches: 1,
      facts: { groupLead: numberOf('team-leader'), checkedAgent: numberOf('agent'), scored: true, ...asked },
    });
    await db.update(schema.tickets).set(projectionOf(state)).where(eq(schema.tickets.number, number));
    await db.insert(schema.materials).values({
      ...{ id: `m-${number}`, ticket: number, kind: 'evidence', body: { reference: 'REC-1' }, sha256: 'x' },
      createdBy: 'CS001',
    });
    await db.insert(schema.customerLinks).values({
      ...{ tokenHash: secretHash(`progress-token-${number}`), ticket: number, purpose: 'progress' },
      expiresAt: later(),
    });
  }

  async function faults() {
    const names = { nameZh: '示例', nameEn: 'Example' };
    for (const kind of ['area', 'service'] as const)
      await db.insert(schema.faultScopes).values({ ...names, kind, id: `example-${kind}` });
    await putCategory(db, {
      ...{ ...names, id: 'system-down', parent: null, process: 'emergency', group: 'desk', priority: 'P1' },
      ...{ usualSolution: null, active: true },
    });
  }

  async function business() {
    const form = { type: 'object', properties: {} };
    await putServiceKind(db, {
      ...{ id: 'service-1', nameZh: '预约', nameEn: 'Visit', business: 'reservation', form, identity: 'none' },
      active: true,
    });
    await putSlot(db, {
      ...{ id: 'slot-1', service: 'service-1', capacity: 5, open: true },
      ...{ startsAt: new Date('2099-12-31T18:00:00+08:00'), endsAt: new Date('2099-12-31T19:00:00+08:00') },
    });
  }

  async function channels() {
    await db.insert(schema.calls).values({
      ...{ id: 'call-1001', direction: 'inbound', phone: '+8613800001234', agent: numberOf('agent') },
      ...{ startedAt: new Date(), createdBy: 'pbx' },
    });
    await db.insert(schema.conversations).values([
      {
        ...{ id: 'v1001', channel: 'chat', status: 'open', customer: `C-${TICKET}`, agent: numberOf('agent') },
        ...{ tokenHash: secretHash('chat-token-of-the-customer'), tokenExpiresAt: later() },
      },
    ]);
    await db.insert(schema.deliveries).values({
      ...{ key: `${TICKET}:reply-sent:1:sms:customer`, ticket: String(TICKET), channel: 'sms', template: 'reply-sent' },
      ...{ data: {}, recipient: 'customer', state: 'unknown' },
    });
  }

  async function knowledge() {
    const author = numberOf('agent');
    const status = ['draft', 'draft', 'draft', 'review', 'review', 'published', 'published'];
    for (const [i, state] of status.entries()) {
      const text = { title: `条目 ${i + 1}`, body: '……', keywords: '', category: 'function', reviewOn: null };
      const { article } = await db.transaction((tx) =>
        createArticle(tx, { ...text, key: `example-${i}`, author, owner: author }),
      );
      await db
        .update(schema.articles)
        .set({ status: state, publishedVersion: state === 'published' ? 1 : null })
        .where(eq(schema.articles.id, article.id));
    }
    for (const id of ['idea:1001', 'idea:1002'])
      await db.insert(schema.knowledgeProposals).values({
        ...{ id, kind: 'idea', title: '账户锁定', body: '核对身份后解锁。', proposedBy: author },
      });
    const problem = await db.transaction((tx) =>
      createProblem(tx, {
        ...{ title: '处理慢', description: '', category: 'complaint', stage: null, causes: '', owner: null },
        ...{ state: 'open', createdBy: author },
      }),
    );
    await db.insert(schema.problems).values({ ...problem!, id: 'PB202601001', category: 'function' });
    for (const n of [1, 2])
      await db.insert(schema.problemMeasures).values({
        ...{ id: `PB202601001-${n}`, problem: 'PB202601001', owner: 'CS001', state: 'planned', text: '增加班次' },
        dueAt: later(),
      });
    await makeReview(db, '2026-01-26', 'Asia/Shanghai', new Date());
  }

  async function rest() {
    const by = numberOf('administrator');
    for (const [id, policy] of [
      ['d-1001', 'manual'],
      ['d-1002', 'hotline'],
    ] as const) {
      const draft = await createDraft(db, { policy, origin: 'preset:manual', definition: manual, by });
      await db.update(schema.policyDrafts).set({ id }).where(eq(schema.policyDrafts.id, draft.id));
    }
    await createWebhookEndpoint(db, {
      ...{ id: 'webhook-1001', url: 'https://crm.example.com/duban', description: '', kinds: [], enabled: true },
      createdBy: by,
    });
    await db.insert(schema.archives).values({
      ...{ ticket: '20250131000007', part: 1, process: 'consultation', sha256: 'x', body: Buffer.from('{}') },
      retainUntil: later(),
    });
  }
}
