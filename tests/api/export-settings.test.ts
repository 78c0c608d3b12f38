import { createExportActivities } from '@duban/activities';
import type { ExportKind, Role } from '@duban/contracts';
import {
  addAbsence,
  createProblem,
  createWebhookEndpoint,
  importLibraryYears,
  planShifts,
  publishAnnouncement,
  putAfterSalesRule,
  putRetentionRule,
  putServiceKind,
  putShiftPattern,
  putSlot,
  schema,
  seedTone,
} from '@duban/database';
import { createLogger } from '@duban/platform';
import request from 'supertest';
import { type TestApi, numberOf, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());

let serial = 0;
async function ask(role: Role, kind: ExportKind, query: object = {}) {
  return request(api.app)
    .post('/api/v1/exports')
    .set('cookie', await api.cookieOf(role))
    .set('idempotency-key', `settings-${++serial}`)
    .set('accept-language', 'zh')
    .send({ kind, format: 'csv', query });
}
/** The lines of a list as CSV, its header first. */
async function linesOf(role: Role, kind: ExportKind, query: object = {}): Promise<string[]> {
  const { id } = (await ask(role, kind, query)).body as { id: string };
  await createExportActivities({ database: api.database, log: createLogger('test', 'silent') }).makeExport({ id });
  const file = await request(api.app)
    .get(`/api/v1/exports/${id}/file`)
    .set('cookie', await api.cookieOf(role));
  return file.text.replace('\ufeff', '').trim().split('\r\n');
}

describe('every list as a file (G15)', () => {
  test('measures end where the list ends, also when many fall due at one instant', async () => {
    const { db } = api.database;
    const problem = await db.transaction((tx) =>
      createProblem(tx, {
        ...{ title: '配送慢', description: '', category: 'complaint', stage: null, causes: '', owner: null },
        ...{ state: 'open', createdBy: numberOf('supervisor') },
      }),
    );
    await api.database.sql`
      insert into problem_measures (id, problem_id, owner, state, text, due_at)
      select ${problem!.id} || '-' || n, ${problem!.id}, ${numberOf('agent')}, case when n <= 20 then 'done' else 'planned' end,
        'M' || n, timestamptz '2026-03-02T02:00:00Z' + (n / 800) * interval '1 s'
      from generate_series(1, 12000) n`;
    const lines = await linesOf('agent', 'measures');
    expect(new Set(lines.slice(1).map((line) => line.split(',')[1])).size).toBe(12_000);
    expect(await linesOf('agent', 'measures', { open: true })).toHaveLength(11_981);
  });

  test('purge certificates: each once, by pages', async () => {
    await api.database.sql`
      insert into purge_certificates (ticket, part, sha256, purged_at)
      select '2020010100' || lpad((n / 2)::text, 4, '0'), n % 2, 'digest' || n, timestamptz '2026-03-02T02:00:00Z'
      from generate_series(1, 1201) n`;
    const [header, ...lines] = await linesOf('auditor', 'purges');
    expect(header).toBe('工单号,部分,SHA-256,销毁时间');
    expect(new Set(lines.map((line) => line.split(',')[2])).size).toBe(1201);
    expect(await linesOf('auditor', 'purges', { ticket: '20200101000007' })).toHaveLength(3);
    expect((await ask('auditor', 'purges', { ticket: 'x' })).status).toBe(422);
  });

  test('tokens and webhooks without their secrets', async () => {
    const { db } = api.database;
    const token = await api.tokenOf('TECH', ['tickets:read']);
    const endpoint = { url: 'https://hooks.example/a', description: '=1', kinds: ['closed'], enabled: true };
    await createWebhookEndpoint(db, { ...endpoint, id: 'webhook-a', createdBy: numberOf('administrator') });
    const tokens = (await linesOf('administrator', 'tokens')).join();
    expect(tokens).toContain(',test,技术部,tickets:read,');
    const [row] = await db.select().from(schema.apiTokens);
    expect(tokens).not.toContain(token);
    expect(tokens).not.toContain(row!.tokenHash);
    expect((await linesOf('administrator', 'webhooks'))[1]).toMatch(
      /^webhook-a,https:\/\/hooks\.example\/a,'=1,关闭,是,,,X\d+,/,
    );
  });

  test('what administrators keep, named in the language of the asker', async () => {
    const { db } = api.database;
    await importLibraryYears(db);
    await seedTone(db);
    await putRetentionRule(db, { process: 'complaint', type: '*', years: 5, by: numberOf('administrator') });
    expect(await linesOf('agent', 'departments')).toContain('TECH,技术部,Technology');
    expect(await linesOf('agent', 'groups')).toContain(`desk,客服组,Desk,自动派单,员工${numberOf('agent')}`);
    expect(await linesOf('agent', 'categories')).toContain('complaint,,complaint,complaint,投诉,客服组,,,P2,,是');
    expect((await linesOf('agent', 'policies'))[1]).toMatch(/^manual,1,published,是,/);
    expect((await linesOf('agent', 'customer-classes')).join()).toContain('vip,贵宾客户,VIP,1,,3 电话; 30 电话,是');
    expect((await linesOf('agent', 'calendars')).join()).toMatch(/CN,2026,2026-10-10,[^,]*,是,chinese-days/);
    expect((await linesOf('agent', 'tone-phrases')).join()).toContain('安抚语');
    expect((await linesOf('agent', 'tone-rules')).length).toBeGreaterThan(3);
    expect((await linesOf('auditor', 'retention-rules'))[1]).toMatch(/^投诉,\*,5,员工X\d+,/);
    expect((await ask('agent', 'groups', { x: 1 })).status).toBe(422);
  });

  test('the roster: the plan and weekly patterns in one order', async () => {
    const { db } = api.database;
    const [agent, leader] = [numberOf('agent'), numberOf('team-leader')];
    const at = (text: string) => new Date(`2026-03-${text}:00+08:00`);
    await db.transaction(async (tx) => {
      await putShiftPattern(tx, {
        ...{ id: 'week', staff: null, group: 'desk', weekdays: [1, 2], starts: '09:00', ends: '18:00' },
        ...{ timezone: 'Asia/Shanghai', since: '2026-03-02', until: null, publicDays: true, updatedBy: leader },
      });
      await planShifts(tx, [{ staff: leader, from: at('02T08:00'), to: at('02T20:00') }], leader);
      await addAbsence(tx, {
        ...{ staff: agent, from: new Date(), to: new Date(Date.now() + 60_000), kind: 'sick', createdBy: agent },
      });
    });
    const query = { from: '2026-03-01T00:00:00+08:00', to: '2026-03-08T00:00:00+08:00' };
    expect((await linesOf('agent', 'shifts', query)).slice(1)).toEqual([
      `${leader},员工${leader},2026-03-02 08:00:00,2026-03-02 20:00:00,`,
      `${agent},员工${agent},2026-03-02 09:00:00,2026-03-02 18:00:00,week`,
      `${agent},员工${agent},2026-03-03 09:00:00,2026-03-03 18:00:00,week`,
    ]);
    const year = { ...query, to: '2026-12-31T00:00:00+08:00', staff: agent };
    expect((await linesOf('agent', 'shifts', year)).length).toBeGreaterThan(70);
    const long = await ask('agent', 'shifts', { ...query, to: '2029-01-01T00:00:00Z' });
    expect([long.status, long.body.errors[0].field]).toEqual([422, 'query.to']);
    expect((await linesOf('agent', 'shift-patterns'))[1]).toBe(
      'week,,客服组,周一、周二,09:00,18:00,Asia/Shanghai,2026-03-02,,是',
    );
    expect((await linesOf('team-leader', 'absences'))[1]).toMatch(new RegExp(`^${agent},.*,病假,,是$`));
  });

  test('announcements: what is for the asker; all of them only for who publishes', async () => {
    const { db } = api.database;
    const by = { publishedBy: numberOf('supervisor'), body: '…', article: null, departments: [], validUntil: null };
    await publishAnnouncement(db, { ...by, id: 'an-1', title: '系统维护', roles: [] });
    await publishAnnouncement(db, { ...by, id: 'an-2', title: '主管会议', roles: ['supervisor'] });
    expect(await linesOf('agent', 'announcements', { all: true })).toHaveLength(2);
    expect(await linesOf('team-leader', 'announcements')).toHaveLength(2);
    expect((await linesOf('team-leader', 'announcements', { all: true })).join()).toContain('主管会议');
  });

  test('kinds of business, slots, after-sales rules and results (B1, A1)', async () => {
    const { db } = api.database;
    const startsAt = new Date('2026-03-02T10:00:00+08:00');
    await putServiceKind(db, {
      ...{ id: 'visit', nameZh: '门店预约', nameEn: 'Visit', business: 'reservation', identity: 'document' },
      ...{ form: { type: 'object', properties: { matter: {}, on: {} } }, active: true },
    });
    for (let i = 0; i < 501; i++)
      await putSlot(db, {
        ...{ id: `s${i}`, service: 'visit', capacity: 2, open: true },
        ...{ startsAt: new Date(startsAt.getTime() + i * 60_000), endsAt: new Date(startsAt.getTime() + 3_600_000) },
      });
    await putAfterSalesRule(db, {
      ...{ id: 'return-7', category: 'after-sales', kind: 'return', periodDays: 7, active: true },
      ...{ conditions: ['unopened', 'defective'], materials: ['invoice'], approvalFromFen: 100 },
    });
    await api.plant('after-sales', {
      facts: { kind: 'return', result: 'returned', cause: 'product-defect', amountFen: 500 },
    });
    expect(await linesOf('department-contact', 'service-kinds')).toContain(
      'visit,门店预约,Visit,预约,须核验证件,matter、on,是',
    );
    const slots = await linesOf('agent', 'service-slots', { service: 'visit' });
    expect([slots.length, slots[1]]).toEqual([502, 's0,2026-03-02 10:00:00,2026-03-02 11:00:00,2,0,是']);
    expect((await linesOf('agent', 'after-sales-rules'))[1]).toBe(
      'return-7,after-sales,退货,7,未拆封、有质量问题,发票,100,是',
    );
    const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    expect((await linesOf('agent', 'after-sales-statistics', { from: day, to: day })).slice(1)).toEqual([
      'after-sales,退货,已退货,产品缺陷,1,500',
    ]);
  });
});
