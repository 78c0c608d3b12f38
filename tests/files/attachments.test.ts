import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, utimesSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Role } from '@duban/contracts';
import { readRecord, schema } from '@duban/database';
import { openDiskStore } from '@duban/files';
import { sweepFiles } from '@duban/api/files';
import { eq } from 'drizzle-orm';
import request from 'supertest';
import { type TestApi, numberOf, startTestApi } from '../api/support';

/** Signature, header chunk, and the beginning of the image's data. */
const PNG_HEAD =
  '89504e470d0a1a0a' + '0000000d49484452' + '00000001000000010802000000' + '907753de' + '00030d4049444154';
const PNG = Buffer.concat([Buffer.from(PNG_HEAD, 'hex'), randomBytes(200_000)]);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let api: TestApi;
let ticket: string;
beforeAll(async () => {
  api = await startTestApi({ env: { DUBAN_FILE_MAX_MB: '1' } });
  ticket = await api.plant('complaint');
});
afterAll(() => api.stop());

interface Sent {
  name?: string;
  role?: Role;
  key?: string;
  type?: string;
  to?: string;
}
async function upload(bytes: Buffer | string, sent: Sent = {}) {
  return request(api.app)
    .post(`/api/v1/tickets/${sent.to ?? ticket}/files`)
    .set('cookie', await api.cookieOf(sent.role ?? 'agent'))
    .set('idempotency-key', sent.key ?? randomUUID())
    .set('x-file-name', encodeURIComponent(sent.name ?? '截图.png'))
    .set('content-type', sent.type ?? 'application/octet-stream')
    .send(bytes);
}
async function get(path: string, role: Role = 'agent') {
  return request(api.app)
    .get(`/api/v1/tickets/${ticket}/files${path}`)
    .set('cookie', await api.cookieOf(role))
    .buffer(true)
    .parse((response, done) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => done(null, Buffer.concat(parts)));
    });
}
const rows = () => api.database.db.select().from(schema.files);
const stored = () =>
  readdirSync(api.filesDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

describe('files of a ticket (G10)', () => {
  test('kept as they came, with type, size and digest; listed, downloaded, on record', async () => {
    const sent = await upload(PNG);
    expect([sent.status, sent.body]).toEqual([
      201,
      expect.objectContaining({
        ...{ name: '截图.png', type: 'image/png', size: PNG.length, sha256: sha256(PNG) },
        uploadedBy: numberOf('agent'),
      }),
    ]);
    const listed = JSON.parse((await get('')).body.toString());
    expect(listed.files).toEqual([sent.body]);
    const got = await get(`/${sent.body.id}`);
    expect(sha256(got.body)).toBe(sha256(PNG));
    expect(got.headers).toMatchObject({
      'content-type': 'image/png',
      'content-disposition': `attachment; filename="__.png"; filename*=UTF-8''${encodeURIComponent('截图.png')}`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    });
    const { db } = api.database;
    const audited = await db.select().from(schema.audit).where(eq(schema.audit.object, ticket));
    expect(audited.map(({ action }) => action)).toEqual(['file:upload', 'file:download']);
    const record = await readRecord(db, ticket);
    expect(record.files).toEqual([expect.objectContaining({ id: sent.body.id, sha256: sha256(PNG) })]);
  });

  test('a type is told from the bytes; what could be active is sent as mere bytes, what is a program or page is refused', async () => {
    const pdf = await upload('%PDF-1.7\n<script>', { name: 'a.png' });
    expect(pdf.body).toMatchObject({ type: 'application/pdf', name: 'a.png' });
    expect((await get(`/${pdf.body.id}`)).headers['content-type']).toBe('application/octet-stream');
    const text = await upload('<html><script>alert(1)</script>', { name: 'log.txt' });
    expect((await get(`/${text.body.id}`)).headers['content-type']).toBe('application/octet-stream');
    for (const [bytes, name] of [
      ['<html></html>', 'a.html'],
      ['<svg xmlns="http://www.w3.org/2000/svg"></svg>', 'a.svg'],
      ['<?xml version="1.0"?><svg></svg>', 'a.txt'],
      [Buffer.concat([Buffer.from('MZ'), randomBytes(500)]), 'a.png'],
      ['#!/bin/sh', 'a.sh'],
    ] as const) {
      const answer = await upload(bytes as string, { name });
      expect([name, answer.status, answer.body.code]).toEqual([name, 415, 'file-type']);
    }
    expect((await upload('', {})).body.code).toBe('file-empty');
    expect((await upload('{}', { type: 'application/json' })).body.code).toBe('not-bytes');
  });

  test('a name is of one line and no path', async () => {
    for (const name of ['', ' ', 'a/b.png', 'a\\b.png', 'a\nb.png', 'x'.repeat(201)])
      expect([name, (await upload(PNG, { name })).body.errors?.[0].field]).toEqual([name, 'x-file-name']);
    const odd = await upload(PNG, { name: `"'); 50%.png` });
    const got = await get(`/${odd.body.id}`);
    expect(got.headers['content-disposition']).toBe(
      `attachment; filename="_'); 50_.png"; filename*=UTF-8''%22%27%29%3B%2050%25.png`,
    );
  });

  test('more than the limit is refused whether announced or not, and leaves nothing', async () => {
    const [before, kept] = [await rows(), stored().length];
    const large = Buffer.concat([PNG, randomBytes(1024 * 1024)]);
    expect((await upload(large)).body).toMatchObject({ status: 413, code: 'file-too-large' });
    const unannounced = await raw({ 'transfer-encoding': 'chunked' }, (call) => call.end(large));
    expect(unannounced).toBe(413);
    expect([await rows(), stored().length]).toEqual([before, kept]);
  });

  test('cut off half-way, it leaves nothing', async () => {
    const [before, kept] = [await rows(), stored().length];
    await raw({ 'content-length': String(PNG.length) }, (call) => {
      call.write(PNG.subarray(0, 150_000), () => setTimeout(() => call.destroy(), 100));
    });
    for (let i = 0; i < 100 && stored().length !== kept; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect([await rows(), stored().length]).toEqual([before, kept]);
  });

  test('the same request again, also at once, is one file; another file under its key is refused', async () => {
    const [key, kept] = [randomUUID(), stored().length];
    const answers = await Promise.all([upload(PNG, { key }), upload(PNG, { key }), upload(PNG, { key })]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    const other = Buffer.concat([PNG.subarray(0, 100), randomBytes(50)]);
    expect((await upload(other, { key })).body.code).toBe('idempotency-key-reused');
    expect(stored().length).toBe(kept + 1);
  });

  test('who may not know of the ticket, or names another ticket, finds nothing', async () => {
    const { body } = await upload(PNG);
    for (const path of ['', `/${body.id}`]) expect((await get(path, 'department-contact')).status).toBe(404);
    expect((await upload(PNG, { role: 'department-contact' })).status).toBe(404);
    const other = await api.plant('complaint');
    const crossed = await request(api.app)
      .get(`/api/v1/tickets/${other}/files/${body.id}`)
      .set('cookie', await api.cookieOf('agent'));
    expect(crossed.status).toBe(404);
  });

  test("a step's evidence may be a file of its own ticket, and of no other (K3)", async () => {
    const other = await api.plant('complaint');
    const file = (await upload(PNG)).body.id as string;
    const consent = async (number: string) =>
      request(api.app)
        .post(`/api/v1/tickets/${number}/steps/record-consent`)
        .set('cookie', await api.cookieOf('supervisor'))
        .send({ accepted: true, form: 'written', evidence: file });
    expect((await consent(ticket)).status).toBe(202);
    expect((await consent(other)).body.errors).toEqual([expect.objectContaining({ field: 'evidence' })]);
  });

  test('an archived ticket takes no more files', async () => {
    const done = await api.plant('consultation', { archived: true, closedAt: Date.now(), status: 'closed' });
    expect((await upload(PNG, { to: done })).body.code).toBe('closed');
  });

  test('bytes without a row go after a day, with what dead writers left; all others stay', async () => {
    const store = openDiskStore(api.filesDir);
    const [file] = await rows();
    for (const key of ['attachments/xx/orphan', 'recordings/xx/others']) {
      await store.put(key, Readable.from([Buffer.from('left')]));
      utimesSync(join(api.filesDir, key), 0, 0);
    }
    utimesSync(join(api.filesDir, file!.key), 0, 0);
    await store.put('attachments/xx/fresh', Readable.from([Buffer.from('new')]));
    expect(await sweepFiles(api.database.db, store)).toBe(1);
    await expect(store.get('attachments/xx/orphan')).rejects.toThrow('there is no object');
    for (const key of ['attachments/xx/fresh', 'recordings/xx/others', file!.key]) (await store.get(key)).destroy();
  });
});

/** A request as no proper client makes it; its status, or 0 when the connection ended before an answer. */
async function raw(
  headers: Record<string, string>,
  send: (call: ReturnType<typeof httpRequest>) => void,
): Promise<number> {
  const cookie = await api.cookieOf('agent');
  return new Promise((resolve) => {
    const call = httpRequest(`${api.app}/api/v1/tickets/${ticket}/files`, {
      method: 'POST',
      headers: {
        ...{ cookie, 'content-type': 'application/octet-stream', 'x-file-name': 'a.png' },
        ...{ 'idempotency-key': randomUUID(), ...headers },
      },
    });
    call.on('response', (response) => resolve(response.resume().statusCode ?? 0));
    call.on('error', () => resolve(0));
    call.on('close', () => resolve(0));
    send(call);
  });
}
