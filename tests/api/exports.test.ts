import { createExportActivities } from '@duban/activities';
import { type ExportKind, type Role, exportKindNames } from '@duban/contracts';
import {
  ExportTakenOver,
  addExportPart,
  beginExport,
  createArticle,
  createConversation,
  createExport,
  createManualCall,
  createWebhookEndpoint,
  schema,
} from '@duban/database';
import { createLogger } from '@duban/platform';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { inflateRawSync } from 'node:zlib';
import { type TestApi, numberOf, startTestApi } from './support';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await api.plant('consultation', {}, '13800001234');
  await api.plant('complaint', { overdue: true }, '13900005678');
  const evil = await api.plant('consultation', {}, '13700009999');
  await api.database.db
    .update(schema.tickets)
    .set({ subject: '=HYPERLINK("http://evil.example","点我")', content: '+1+1' })
    .where(eq(schema.tickets.number, evil));
}, 120_000);
afterAll(() => api?.stop());

let serial = 0;
async function ask(role: Role, body: object, key = `export-key-${++serial}`) {
  return request(api.app)
    .post('/api/v1/exports')
    .set('cookie', await api.cookieOf(role))
    .set('idempotency-key', key)
    .set('accept-language', 'zh')
    .send(body);
}
async function get(role: Role, path: string) {
  const call = request(api.app)
    .get(`/api/v1${path}`)
    .set('cookie', await api.cookieOf(role));
  return call.buffer(true).parse((response, done) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => done(null, Buffer.concat(chunks)));
  });
}
const json = ({ body }: { body: Buffer }) => JSON.parse(body.toString('utf8')) as Record<string, unknown>;
const make = (id: string) =>
  createExportActivities({ database: api.database, log: createLogger('test', 'silent') }).makeExport({ id });

/** The parts of an .xlsx file by name, from its central directory. */
function unzip(file: Buffer): Map<string, string> {
  const parts = new Map<string, string>();
  const end = file.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = file.readUInt32LE(end + 16);
  for (let i = 0; i < file.readUInt16LE(end + 10); i++) {
    const [method, size] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((offset) => file.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const local = file.readUInt32LE(at + 42);
    const start = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const raw = file.subarray(start, start + size);
    parts.set(
      file.toString('utf8', at + 46, at + 46 + name),
      (method === 8 ? inflateRawSync(raw) : raw).toString('utf8'),
    );
    at += 46 + name + extra + comment;
  }
  return parts;
}

/** The lines of a list as CSV, its header first. */
async function linesOf(role: Role, kind: ExportKind, query: object = {}): Promise<string[]> {
  const { id } = (await ask(role, { kind, format: 'csv', query })).body as { id: string };
  await make(id);
  const text = ((await get(role, `/exports/${id}/file`)).body as Buffer).toString('utf8');
  return text.replace('\ufeff', '').trim().split('\r\n');
}

/** Who may have which list, who may not; null where the list is every member of staff's. */
const asked: Record<ExportKind, { by: Role; refused: Role | null; query?: object }> = {
  tickets: { by: 'agent', refused: null },
  statistics: {
    ...{ by: 'auditor', refused: 'committee-member' },
    query: { measure: 'intake', from: '2026-01-01', to: '2026-01-02' },
  },
  'daily-report': { by: 'supervisor', refused: 'agent', query: { from: '2026-01-01', to: '2026-12-31' } },
  customers: { by: 'supervisor', refused: 'agent' },
  problems: { by: 'department-head', refused: 'committee-member' },
  measures: { by: 'agent', refused: 'revisit-group' },
  audit: { by: 'administrator', refused: 'supervisor' },
  calls: { by: 'agent', refused: 'department-contact' },
  conversations: { by: 'auditor', refused: 'knowledge-editor' },
  deliveries: { by: 'auditor', refused: 'agent' },
  articles: { by: 'committee-member', refused: null },
  staff: { by: 'agent', refused: null },
  archive: { by: 'auditor', refused: 'administrator' },
  'webhook-deliveries': { by: 'administrator', refused: 'supervisor', query: { endpoint: 'webhook-test' } },
  departments: { by: 'agent', refused: null },
  groups: { by: 'agent', refused: null },
  skills: { by: 'agent', refused: null },
  categories: { by: 'agent', refused: null },
  'customer-classes': { by: 'agent', refused: null },
  shifts: {
    ...{ by: 'agent', refused: 'department-contact' },
    query: { from: '2026-03-01T00:00:00Z', to: '2026-03-08T00:00:00Z' },
  },
  'shift-patterns': { by: 'administrator', refused: 'auditor' },
  absences: { by: 'team-leader', refused: 'agent' },
  policies: { by: 'agent', refused: null },
  'policy-drafts': { by: 'administrator', refused: 'supervisor' },
  calendars: { by: 'agent', refused: null },
  'tone-phrases': { by: 'agent', refused: null },
  'tone-rules': { by: 'agent', refused: null },
  announcements: { by: 'department-head', refused: null },
  'knowledge-proposals': { by: 'knowledge-editor', refused: 'agent' },
  'retention-rules': { by: 'auditor', refused: 'agent' },
  purges: { by: 'supervisor', refused: 'agent' },
  tokens: { by: 'administrator', refused: 'auditor' },
  webhooks: { by: 'administrator', refused: 'supervisor' },
  'fault-announcements': { by: 'department-contact', refused: null },
  'fault-scopes': { by: 'agent', refused: null },
  'fault-summaries': { by: 'department-head', refused: null },
  'revisit-statistics': { by: 'revisit-group', refused: 'agent', query: { from: '2026-01-01', to: '2026-01-31' } },
  'quality-statistics': {
    ...{ by: 'team-leader', refused: 'agent' },
    query: { from: '2026-01-01', to: '2026-01-31', by: 'agent,item' },
  },
  questionnaires: { by: 'agent', refused: null },
  'revisit-plans': { by: 'revisit-group', refused: null },
  'quality-forms': { by: 'agent', refused: null },
  'quality-rules': { by: 'auditor', refused: 'agent' },
  'service-kinds': { by: 'department-contact', refused: null },
  'service-slots': { by: 'agent', refused: 'auditor', query: { service: 'certificate' } },
  'after-sales-rules': { by: 'department-contact', refused: null },
  'after-sales-statistics': {
    ...{ by: 'auditor', refused: 'department-contact' },
    query: { from: '2026-01-01', to: '2026-01-31' },
  },
};

describe('exports (G15)', () => {
  it('the registration table as CSV: Chinese headers, masked numbers, no formulas, audited', async () => {
    const asked = await ask('supervisor', { kind: 'tickets', format: 'csv' });
    expect(asked.status).toBe(202);
    expect(asked.body).toMatchObject({ state: 'queued', label: '工单登记表', file: null });
    const { id } = asked.body as { id: string };
    expect((await get('supervisor', `/exports/${id}/file`)).status).toBe(409);
    await make(id);
    const done = json(await get('supervisor', `/exports/${id}`));
    expect(done).toMatchObject({ state: 'done', rows: 3, totalRows: 3, file: `/api/v1/exports/${id}/file` });

    const file = await get('supervisor', `/exports/${id}/file`);
    expect(file.headers['content-type']).toContain('text/csv');
    expect(file.headers['content-disposition']).toMatch(/^attachment; filename="duban-tickets-[\d-]+\.csv"$/);
    const text = (file.body as Buffer).toString('utf8');
    expect(text.startsWith('\ufeff序号,工单号,客户编号,姓名,联系方式,')).toBe(true);
    expect(text.trim().split('\r\n')).toHaveLength(4);
    expect(text).toContain('138****1234');
    expect(text).not.toMatch(/13800001234|13900005678/);
    expect(text).toContain(`"'=HYPERLINK(""http://evil.example"",""点我"")"`);
    expect(text).toContain(",'+1+1,");
    const actions = await api.database.sql`select action, detail from audit where object = ${id} order by id`;
    expect(actions.map(({ action }) => action)).toEqual(['export:requested', 'export:downloaded']);
  });

  it('as .xlsx: real dates and numbers, a frozen header row, texts that stay texts', async () => {
    const { id } = (await ask('supervisor', { kind: 'tickets', query: { process: 'consultation' } })).body as {
      id: string;
    };
    await make(id);
    const parts = unzip((await get('supervisor', `/exports/${id}/file`)).body as Buffer);
    const sheet = parts.get('xl/worksheets/sheet1.xml')!;
    expect(sheet).toMatch(/<pane [^>]*ySplit="1"[^>]*state="frozen"/);
    expect(sheet).not.toContain('<f>');
    expect(sheet).toMatch(/<row r="3"/);
    expect(sheet).not.toMatch(/<row r="4"/);
    const strings = parts.get('xl/sharedStrings.xml')!;
    expect(strings).toContain('咨询/投诉类型');
    expect(strings).toContain('=HYPERLINK');
    // The day of registration as Excel counts days, not as a text.
    const days = (Date.now() + 8 * 3_600_000) / 86_400_000 + 25_569;
    const numbers = [...sheet.matchAll(/<v>(\d+\.\d+)<\/v>/g)].map((match) => Number(match[1]));
    expect(numbers.some((value) => Math.abs(value - days) < 0.01)).toBe(true);
  });

  it('a statistic with its own columns', async () => {
    const day = new Date().toISOString().slice(0, 10);
    const query = { measure: 'intake', by: 'process', from: '2026-01-01', to: day.replace(/..$/, '28') };
    const { id } = (await ask('auditor', { kind: 'statistics', format: 'csv', query })).body as { id: string };
    await make(id);
    const text = ((await get('auditor', `/exports/${id}/file`)).body as Buffer).toString('utf8');
    expect(text).toBe('\ufeff流程,数量\r\n投诉,1\r\n咨询,2\r\n');
  });

  it.each(exportKindNames)('%s: in both formats for who may read the list, 403 for who may not', async (kind) => {
    const { by, refused, query = {} } = asked[kind];
    for (const format of ['csv', 'xlsx']) {
      const answer = await ask(by, { kind, format, query });
      expect(answer.status).toBe(202);
      const { id } = answer.body as { id: string };
      await make(id);
      expect(json(await get(by, `/exports/${id}`))).toMatchObject({ kind, format, state: 'done' });
      const file = (await get(by, `/exports/${id}/file`)).body as Buffer;
      const header =
        format === 'csv' ? file.toString('utf8').split('\r\n')[0]! : unzip(file).get('xl/sharedStrings.xml')!;
      expect(header).toMatch(/[\u4e00-\u9fff]/);
    }
    if (refused) expect((await ask(refused, { kind, query })).status).toBe(403);
    const nobody = request(api.app).post('/api/v1/exports').set('idempotency-key', `nobody-${kind}`);
    expect((await nobody.send({ kind, query })).status).toBe(401);
  });

  it('only who asked may know of it, and only until its time is over', async () => {
    const { id } = (await ask('supervisor', { kind: 'tickets' })).body as { id: string };
    for (const path of [`/exports/${id}`, `/exports/${id}/file`]) {
      expect((await get('auditor', path)).status).toBe(404);
      expect((await get('administrator', path)).status).toBe(404);
    }
    await api.database.sql`update exports set expires_at = now() - interval '1 s' where id = ${id}`;
    expect((await get('supervisor', `/exports/${id}/file`)).status).toBe(404);
  });

  it('holds what its asker may see and nothing else', async () => {
    const seen = await api.plant('escalation', { departments: [{ id: 'TECH', state: 'asked' }] });
    const { id } = (await ask('department-contact', { kind: 'tickets', format: 'csv' })).body as { id: string };
    await make(id);
    const text = ((await get('department-contact', `/exports/${id}/file`)).body as Buffer).toString('utf8');
    expect(text.trim().split('\r\n')).toHaveLength(2);
    expect(text).toContain(seen);
    expect((await ask('agent', { kind: 'customers' })).status).toBe(403);
    expect((await ask('agent', { kind: 'audit' })).status).toBe(403);
    expect(
      (
        await ask('committee-member', {
          kind: 'statistics',
          query: { measure: 'intake', from: '2026-01-01', to: '2026-01-02' },
        })
      ).status,
    ).toBe(403);
  });

  it('asked twice with one key it is made once; another request under the key is refused', async () => {
    const first = await ask('supervisor', { kind: 'tickets' }, 'the-same-key');
    const again = await ask('supervisor', { kind: 'tickets' }, 'the-same-key');
    expect(again.body.id).toBe(first.body.id);
    expect((await ask('supervisor', { kind: 'tickets', format: 'csv' }, 'the-same-key')).status).toBe(422);
    const other = await ask('auditor', { kind: 'tickets' }, 'the-same-key');
    expect(other.body.id).not.toBe(first.body.id);
  });

  it('an attempt that was replaced adds nothing to the file', async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    const row = {
      id: 'x-race',
      kind: 'tickets',
      format: 'csv',
      locale: 'zh',
      query: {},
      grants: [],
      requestedBy: numberOf('supervisor'),
      expiresAt,
    };
    await createExport(api.database.db, row);
    const slow = (await beginExport(api.database.db, 'x-race'))!;
    await addExportPart(api.database.db, slow, 0, Buffer.from('old'));
    const quick = (await beginExport(api.database.db, 'x-race'))!;
    await expect(addExportPart(api.database.db, slow, 1, Buffer.from('old'))).rejects.toBeInstanceOf(ExportTakenOver);
    await addExportPart(api.database.db, quick, 0, Buffer.from('new'));
    const parts = await api.database.sql`select body from export_parts where export_id = 'x-race'`;
    expect(parts.map(({ body }) => String(body))).toEqual(['new']);
  });

  it('bad parameters are named field by field; none widens what is seen', async () => {
    const wrong = await ask('supervisor', {
      kind: 'statistics',
      query: { measure: 'intake', by: 'clock', from: '2026-02-01', to: '2026-01-01' },
    });
    expect(wrong.status).toBe(422);
    expect((wrong.body.errors as Array<{ field: string }>).map(({ field }) => field).sort()).toEqual([
      'query.by',
      'query.to',
    ]);
    expect((await ask('supervisor', { kind: 'nothing' })).status).toBe(422);
    // Their sight is the caller's own, never asked for.
    expect((await ask('agent', { kind: 'staff', query: { contacts: true } })).status).toBe(422);
    expect((await ask('agent', { kind: 'articles', query: { publishedOnly: false } })).status).toBe(422);
  });
});

describe('lists as files (G15)', () => {
  it('calls: masked, named and timed, filtered as the list is', async () => {
    const at = (second: number) => new Date(Date.parse('2026-03-02T02:00:00Z') + second * 1000);
    const call = {
      ...{ phone: '+8613811112222', agent: numberOf('agent'), customer: null, ticket: null, extension: null },
      ...{ startedAt: at(0), ringingAt: at(0), answeredAt: at(6), endedAt: at(96), answeredInTime: true },
      ...{ recording: 'https://pbx.example/r/1', category: 'consultation', note: '=1+1', createdBy: 'pbx' },
    };
    await api.database.db.insert(schema.calls).values({ ...call, id: 'call-in', direction: 'inbound' });
    const outbound = { phone: '+8613733334444', category: null, note: null, ticket: null, customer: null };
    await createManualCall(api.database.db, {
      ...{ ...outbound, key: 'k-out', direction: 'outbound', agent: numberOf('agent'), createdBy: numberOf('agent') },
      ...{ startedAt: at(200), answeredAt: null, endedAt: at(230) },
    });
    const [header, ...rows] = await linesOf('agent', 'calls', { direction: 'inbound' });
    expect(header).toMatch(/^通话编号,方向,号码,分机,坐席,.*接听用时 \(min\),通话时长 \(min\),三声内接听,有录音,/);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toBe(
      `call-in,呼入,138****2222,,员工${numberOf('agent')},,,2026-03-02 10:00:00,2026-03-02 10:00:06,` +
        `2026-03-02 10:01:36,0.1,1.5,是,是,consultation,'=1+1`,
    );
    const all = await linesOf('supervisor', 'calls', { from: '2026-03-02T00:00:00Z', to: '2026-03-03T00:00:00Z' });
    expect(all).toHaveLength(3);
    expect(all.join()).not.toMatch(/13811112222|13733334444|pbx\.example/);
    expect(await linesOf('agent', 'calls', { missed: true })).toHaveLength(2);
  });

  it('conversations: who and when, never what was said', async () => {
    const [customer] = await api.database.db.select().from(schema.customers).limit(1);
    const conversation = await createConversation(api.database.db, {
      ...{ channel: 'email', status: 'waiting', customer: customer!.id, subject: '发票问题' },
      tokenHash: 'the-hash-of-a-token',
    });
    await api.database.db.insert(schema.messages).values({
      ...{ conversation: conversation.id, direction: 'in', author: 'customer', text: '我的密码是 123' },
      address: 'wang@example.com',
    });
    const rows = await linesOf('auditor', 'conversations', { status: 'waiting' });
    expect(rows).toHaveLength(2);
    expect(rows[1]).toContain(`${conversation.id},电子邮件,等待接入,${customer!.id},,,发票问题,否,`);
    expect(rows.join()).not.toMatch(/the-hash|密码|wang@/);
    expect(await linesOf('auditor', 'conversations', { channel: 'sms' })).toHaveLength(1);
  });

  it('deliveries: every row once over pages of one instant, without message data', async () => {
    await api.database.sql`
      insert into deliveries (key, ticket, channel, template, data, recipient, state, created_at)
      select 'd:' || n, '202603020001', 'sms', 'reply-sent', '{"code":"hidden"}'::jsonb,
        case when n % 2 = 0 then 'customer' else ${numberOf('agent')} end, 'failed',
        timestamptz '2026-03-02T02:00:00Z' + (n / 700) * interval '1 s'
      from generate_series(1, 1100) n`;
    await api.database.sql`update deliveries set attempts = replace(key, 'd:', '')::int`;
    const [, ...rows] = await linesOf('auditor', 'deliveries', { state: 'failed' });
    expect(rows).toHaveLength(1100);
    expect(new Set(rows.map((row) => row.split(',')[5])).size).toBe(1100);
    expect(rows[0]).toMatch(/^202603020001,短信,答复客户,(客户|员工X\d+),失败,\d+,,2026-03-02 10:00:01,$/);
    expect(rows.join()).not.toContain('hidden');
    expect(await linesOf('supervisor', 'deliveries', { ticket: '202603029999' })).toHaveLength(1);

    // The list itself is paged in the same order.
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = json(await get('auditor', `/deliveries?state=failed&limit=100${cursor && `&cursor=${cursor}`}`));
      seen.push(...(page.deliveries as Array<{ key: string }>).map(({ key }) => key));
      cursor = page.next as string | null;
    }
    expect([seen.length, new Set(seen).size]).toEqual([1100, 1100]);
    expect((await get('auditor', '/deliveries?cursor=x')).status).toBe(400);
  });

  it('articles: drafts only for who reads drafts', async () => {
    const author = numberOf('knowledge-editor');
    const text = { body: '…', keywords: '', category: 'consultation', reviewOn: null, author, owner: author };
    const made = await api.database.db.transaction(async (tx) => [
      await createArticle(tx, { ...text, key: 'a-1', title: '未发布的草稿' }),
      await createArticle(tx, { ...text, key: 'a-2', title: '已发布的文章' }),
    ]);
    await api.database
      .sql`update articles set status = 'published', published_version = 1 where id = ${made[1]!.article.id}`;
    const read = await linesOf('agent', 'articles');
    expect(read).toHaveLength(2);
    expect(read[1]).toContain(`,文章,已发布的文章,consultation,已发布,1,1,员工${author},`);
    expect((await linesOf('knowledge-editor', 'articles')).join()).toContain('未发布的草稿,consultation,草稿,1,,');
    expect(await linesOf('agent', 'articles', { status: 'draft' })).toHaveLength(1);
  });

  it('staff: telephone and mail for administrators only', async () => {
    await api.database
      .sql`update staff set phone = '13655556666', email = 'li@example.com' where id = ${numberOf('agent')}`;
    const seen = await linesOf('agent', 'staff');
    expect(seen[0]).toBe('工号,姓名,角色,部门,分机,在岗,接单上限,派单权重,技能,在职');
    expect(seen).toContain(`${numberOf('agent')},员工${numberOf('agent')},客服专员,,,否,5,1,,是`);
    expect(seen.join()).not.toMatch(/13655556666|li@|argon2/);
    const known = await linesOf('administrator', 'staff');
    expect(known[0]).toMatch(/,联系方式,电子邮箱$/);
    expect(known.join()).toContain(',13655556666,li@example.com');
    expect(known.join()).not.toContain('argon2');
  });

  it('archive: what the search lists, without bundles', async () => {
    const number = await api.plant('complaint', { archived: true }, '13577778888');
    await api.database.db.insert(schema.archives).values({
      ...{ ticket: number, part: 1, process: 'complaint', sha256: 'x', body: Buffer.from('the bundle') },
      ...{ retainUntil: new Date('2028-03-02T02:00:00Z'), legalHold: true },
    });
    const rows = await linesOf('auditor', 'archive', { held: true, process: 'complaint' });
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatch(new RegExp(`^${number},投诉,.*,登录失败,.*,2028-03-02 10:00:00,是$`));
    expect(rows.join()).not.toMatch(/13577778888|the bundle/);
    expect(await linesOf('supervisor', 'archive', { held: false })).toHaveLength(1);
  });

  it('the delivery log of one webhook', async () => {
    const endpoint = { url: 'https://hooks.example/a', description: '', kinds: [], enabled: true, createdBy: 'X001' };
    for (const id of ['webhook-a', 'webhook-b']) await createWebhookEndpoint(api.database.db, { ...endpoint, id });
    await api.database.sql`
      insert into webhook_deliveries (endpoint, ticket, revision, idx, at, kind, state, response_status)
      select e, '202603020001', n, 0, now(), 'closed', 'sent', 204
      from generate_series(1, 3) n, unnest(array['webhook-a', 'webhook-b']) e`;
    const rows = await linesOf('administrator', 'webhook-deliveries', { endpoint: 'webhook-a' });
    expect(rows).toHaveLength(4);
    expect(rows[1]).toMatch(/^\d+,202603020001,关闭,[\d: -]+,已发送,0,0,204,,/);
    expect((await ask('administrator', { kind: 'webhook-deliveries', query: {} })).status).toBe(422);
  });

  it('customers: masked, without those who were merged or erased', async () => {
    const profile = { name: '某客户', phone: '+8613411110000', email: 'zhao@example.com' };
    await api.database.db.insert(schema.customers).values([
      { ...profile, id: 'C-kept' },
      { ...profile, id: 'C-merged', mergedInto: 'C-kept' },
      { ...profile, id: 'C-erased', erasedAt: new Date() },
    ]);
    const text = (await linesOf('supervisor', 'customers')).join('\n');
    expect(text).toContain('C-kept,某客户,134****0000,z***@example.com,');
    expect(text).not.toMatch(/C-merged|C-erased|13411110000|zhao@/);
  });
});
