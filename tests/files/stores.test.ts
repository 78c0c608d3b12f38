import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { FileMissing, type FileStore, type StoredObject, openDiskStore, openFileStore } from '@duban/files';

const MB = 1024 * 1024;

/** The little of S3's protocol that the adapter speaks, and everything it was asked. */
function startBucket() {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://s3');
    const key = decodeURIComponent(url.pathname.replace(/^\/bucket\/?/, ''));
    const id = url.searchParams.get('uploadId');
    const kind = url.searchParams.has('uploads') ? ' uploads' : id ? ' part' : '';
    asked.push(`${request.method}${kind} ${key}`);
    const xml = (body: string) =>
      response.setHeader('content-type', 'application/xml').end(`<?xml version="1.0"?>${body}`);
    buffer(request)
      .then((body) => {
        if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 Credential=key/'))
          return response.writeHead(403).end();
        switch (`${request.method}${kind}`) {
          case 'PUT':
            objects.set(key, body);
            return response.setHeader('etag', '"e"').end();
          case 'POST uploads':
            uploads.set(`u-${key}`, new Map());
            return xml(`<R><UploadId>u-${key}</UploadId></R>`);
          case 'PUT part':
            uploads.get(id!)!.set(Number(url.searchParams.get('partNumber')), body);
            return response.setHeader('etag', `"p"`).end();
          case 'POST part': {
            const parts = [...uploads.get(id!)!].sort(([a], [b]) => a - b).map(([, part]) => part);
            objects.set(key, Buffer.concat(parts));
            uploads.delete(id!);
            return xml('<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>');
          }
          case 'DELETE part':
            uploads.delete(id!);
            return response.writeHead(204).end();
          case 'DELETE':
            objects.delete(key);
            return response.writeHead(204).end();
          case 'GET uploads': {
            const rows = [...uploads.keys()].map(
              (id) =>
                `<Upload><Key>${id.slice(2)}</Key><UploadId>${id}</UploadId><Initiated>2020-01-01T00:00:00Z</Initiated></Upload>`,
            );
            return xml(`<ListMultipartUploadsResult>${rows.join('')}</ListMultipartUploadsResult>`);
          }
          case 'GET': {
            if (key === '') {
              const prefix = url.searchParams.get('prefix') ?? '';
              const rows = [...objects.keys()]
                .filter((known) => known.startsWith(prefix))
                .map(
                  (known) =>
                    `<Contents><Key>${known}</Key><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`,
                );
              return xml(`<ListBucketResult>${rows.join('')}</ListBucketResult>`);
            }
            const found = objects.get(key);
            if (found) return response.end(found);
            response.statusCode = 404;
            return xml('<Error><Code>NoSuchKey</Code></Error>');
          }
        }
        return response.writeHead(500).end();
      })
      .catch(() => response.destroy());
  });
  return new Promise<{
    url: string;
    objects: typeof objects;
    uploads: typeof uploads;
    asked: string[];
    stop: () => void;
  }>((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({
        ...{ objects, uploads, asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
        stop: () => (server.closeAllConnections(), server.close()),
      }),
    ),
  );
}

let directory: string;
let bucket: Awaited<ReturnType<typeof startBucket>>;
const stores: Record<string, FileStore> = {};
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'duban-store-'));
  bucket = await startBucket();
  const env = { DUBAN_FILES_DIR: directory, DUBAN_FILE_MAX_MB: 50, DUBAN_S3_REGION: 'eu-1', DUBAN_S3_PREFIX: 'duban/' };
  stores.disk = await openFileStore({ ...env });
  stores.S3 = await openFileStore({
    ...{ ...env, DUBAN_S3_BUCKET: 'bucket', DUBAN_S3_ENDPOINT: bucket.url },
    ...{ DUBAN_S3_KEY_ID: 'key', DUBAN_S3_SECRET: 'secret' },
  });
});
afterAll(() => {
  bucket.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function listed(store: FileStore, area: string): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for await (const object of store.list(area)) found.push(object);
  return found;
}

/** Sends so many bytes, then fails as a connection does that is cut off. */
function cutOff(bytes: number): Readable {
  return Readable.from(
    (function* () {
      for (let sent = 0; sent < bytes; sent += MB) yield randomBytes(MB);
      throw new Error('cut off');
    })(),
    { objectMode: false },
  );
}

describe.each(['disk', 'S3'])('%s (G10)', (name) => {
  test.each([10, 12 * MB])('%d bytes come back as they went, and go when removed', async (size) => {
    const store = stores[name]!;
    const [key, bytes] = [`attachments/ab/of-${size}`, randomBytes(size)];
    await store.put(key, Readable.from([bytes.subarray(0, size / 2), bytes.subarray(size / 2)], { objectMode: false }));
    expect((await buffer(await store.get(key))).equals(bytes)).toBe(true);
    const found = (await listed(store, 'attachments')).find((object) => object.key === key);
    expect(found?.at.getTime()).toBeGreaterThan(Date.parse('2025-12-31'));
    expect(await listed(store, 'elsewhere')).toEqual([]);
    await store.remove(key);
    await store.remove(key);
    await expect(store.get(key)).rejects.toThrow(FileMissing);
  });

  test.each([1, 12])('cut off after %d MB, nothing is there', async (mb) => {
    const store = stores[name]!;
    await expect(store.put(`attachments/cut/at-${mb}`, cutOff(mb * MB))).rejects.toThrow('cut off');
    expect(await listed(store, 'attachments')).toEqual([]);
    expect(bucket.uploads.size).toBe(0);
    expect(readdirSync(directory, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())).toEqual([]);
  });

  test('a key leads nowhere else', async () => {
    for (const key of ['../x', 'attachments/../../x', '/etc/passwd', 'attachments', 'a/b.c', ''])
      await expect((async () => stores[name]!.get(key))()).rejects.toThrow('not a key');
  });
});

test('S3: small files go at once, large ones in parts, below the prefix; signed with the given key', () => {
  expect(bucket.asked).toContain('PUT duban/attachments/ab/of-10');
  expect(bucket.asked).toContain(`POST uploads duban/attachments/ab/of-${12 * MB}`);
  expect(bucket.asked.filter((line) => line === `PUT part duban/attachments/ab/of-${12 * MB}`)).toHaveLength(3);
});

test('what writers that died left half-written is dropped, once it is old', async () => {
  bucket.uploads.set('u-duban/attachments/left', new Map());
  expect(await stores.S3!.dropPartial(new Date('2019-01-01'))).toBe(0);
  expect(await stores.S3!.dropPartial(new Date('2021-01-01'))).toBe(1);
  expect(bucket.uploads.size).toBe(0);

  const store = openDiskStore(directory);
  for (const file of ['old', 'new']) writeFileSync(join(directory, '.partial', file), 'x');
  utimesSync(join(directory, '.partial', 'old'), 0, 0);
  expect(await store.dropPartial(new Date(Date.now() - 1000))).toBe(1);
  expect(readdirSync(join(directory, '.partial'))).toEqual(['new']);
});
