import { createExportActivities } from '@duban/activities';
import { type Role } from '@duban/contracts';
import { ExportTakenOver, addExportPart, beginExport, createExport, schema } from '@duban/database';
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

  it.each(['daily-report', 'customers', 'problems', 'measures'] as const)(
    '%s can be had in both formats',
    async (kind) => {
      const query = kind === 'daily-report' ? { from: '2026-01-01', to: '2026-12-31' } : {};
      for (const format of ['csv', 'xlsx']) {
        const { id } = (await ask('supervisor', { kind, format, query })).body as { id: string };
        await make(id);
        expect(json(await get('supervisor', `/exports/${id}`))).toMatchObject({ state: 'done' });
      }
    },
  );

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

  it('bad parameters are named field by field', async () => {
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
  });
});
