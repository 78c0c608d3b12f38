import { randomUUID } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { type Executor, type FileOwner, type FileRow, findFile, insertFile, writeAudit } from '@duban/database';
import { FileMissing, FileRefused, inertType, receive } from '@duban/files';
import { Problem } from '@duban/platform';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { stepIdFor } from '../delivery';
import type { Deps } from '../deps';
import { problems } from '../http/problems';
import { type Answer, type Caller, handled } from '../http/route';
import { idempotencyKey, instant } from '../http/schemas';

/** Where in the store attachments are; what else is kept there has areas of its own. */
export const ATTACHMENTS = 'attachments';
const MB = 1024 * 1024;

export const fileSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    type: z.string(),
    size: z.number().int(),
    sha256: z.string(),
    uploadedBy: z.string(),
    uploadedAt: instant,
  })
  .meta({ id: 'File' });

/** What an upload says beside its bytes; the name may be of any script and therefore comes percent-encoded. */
export const uploadHeaders = z.object({
  'idempotency-key': idempotencyKey,
  'x-file-name': z.string().max(1_000).transform(decoded).meta({ description: 'Percent-encoded UTF-8' }),
});

function decoded(value: string, context: z.RefinementCtx): string {
  const name =
    safely(() => decodeURIComponent(value))
      ?.normalize('NFC')
      .trim() ?? '';
  if (name.length > 0 && name.length <= 200 && !/[\p{Cc}\p{Cf}/\\]/u.test(name)) return name;
  context.addIssue({ code: 'custom', message: 'malformed' });
  return z.NEVER;
}

export function fileView({ id, name, type, size, sha256, uploadedBy, uploadedAt }: FileRow) {
  return { id, name, type, size, sha256, uploadedBy, uploadedAt };
}

/**
 * Takes a file in: bytes first, then its row with the audit's; whatever fails leaves neither (G10). The same request
 * again answers with the same file. Throws 413, 415, 422 for what is not kept, and 422 for another file under the key.
 */
export async function takeUpload(
  owner: FileOwner,
  { request, response, headers, caller, trace }: Upload,
  { db, files, env, log }: Deps,
): Promise<FileRow> {
  const name = headers['x-file-name'];
  const maxBytes = env.DUBAN_FILE_MAX_MB * MB;
  const id = `f-${stepIdFor(caller.actor.id, 'POST', request.originalUrl, headers['idempotency-key']).slice(2)}`;
  const key = `${ATTACHMENTS}/${id.slice(2, 4)}/${randomUUID()}`;
  try {
    if (Number(request.get('content-length') ?? 0) > maxBytes) throw new FileRefused('too-large');
    const received = await receive(files, key, request, { name, maxBytes });
    const [object] = Object.values(owner) as [string];
    const added = await db
      .transaction(async (tx) => {
        const row = { ...owner, ...received, id, key, name, uploadedBy: caller.actor.id };
        if (!(await insertFile(tx, row))) return false;
        const detail = { file: id, sha256: received.sha256 };
        await writeAudit(tx, { actor: caller.actor.id, action: 'file:upload', object, trace, detail });
        return true;
      })
      .catch(async (error: unknown) => {
        await files.remove(key);
        throw error;
      });
    if (!added) await files.remove(key);
    const row = (await findFile(db, owner, id))!;
    if (row.sha256 !== received.sha256 || row.name !== name) throw problems.otherBody();
    return row;
  } catch (error) {
    // What is still on its way is not read: the answer goes out, then the connection is closed.
    if (!request.complete) response.set('connection', 'close');
    if (error instanceof FileRefused) throw refused(error, env.DUBAN_FILE_MAX_MB);
    if (request.destroyed && !request.complete) {
      log.info({ trace }, 'an upload was cut off');
      throw problems.cutOff();
    }
    throw error;
  }
}
interface Upload {
  request: Request;
  response: Response;
  headers: z.output<typeof uploadHeaders>;
  caller: Caller;
  trace: string;
}

function refused({ reason }: FileRefused, maxMb: number): Problem {
  switch (reason) {
    case 'too-large':
      return new Problem(413, 'file-too-large', {
        zh: `文件过大,最大 ${maxMb} MB`,
        en: `The file is too large; at most ${maxMb} MB`,
      });
    case 'empty':
      return new Problem(422, 'file-empty', { zh: '文件是空的', en: 'The file is empty' });
    case 'type':
      return new Problem(415, 'file-type', {
        zh: '不接受此类文件,可上传图片、录音、视频、PDF、Office 文档、纯文本和 zip',
        en: 'Files of this kind are not taken: images, recordings, video, PDF, Office files, plain text and zip are',
      });
  }
}

/**
 * Sends a file so that no browser runs anything of it in the page's origin: always as a download, never guessed,
 * sandboxed, and as mere bytes when its type could be active. Throws 404 when its bytes are not there any more.
 */
export async function sendFile(file: FileRow, response: Response, { files, log }: Deps): Promise<Answer> {
  const content = await files.get(file.key).catch((error: unknown) => {
    log.error({ file: file.id, err: (error as Error).name }, 'file not readable');
    throw error instanceof FileMissing ? problems.notFound() : error;
  });
  response.status(200).set({
    'content-type': inertType(file.type),
    'content-length': String(file.size),
    'content-disposition': `attachment; filename="${asciiName(file.name)}"; filename*=UTF-8''${encodeName(file.name)}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
    'repr-digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
  });
  // A store that fails midway ends the connection: the reader sees fewer bytes than promised.
  await pipeline(content, response).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE')
      log.warn({ file: file.id, err: (error as Error).name }, 'file not sent whole');
  });
  return handled;
}

/** Who downloaded what is on record, as whoever reads a customer's number is. */
export function auditDownload(db: Executor, file: FileRow, { actor }: Caller, object: string, trace: string) {
  return writeAudit(db, { actor: actor.id, action: 'file:download', object, trace, detail: { file: file.id } });
}

const asciiName = (name: string) => name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
const encodeName = (name: string) =>
  encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
