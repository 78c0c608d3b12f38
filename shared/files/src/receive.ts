import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FileStore } from './store';
import { HEAD_BYTES, sniff } from './types';

/** Why a file is not kept. */
export class FileRefused extends Error {
  constructor(readonly reason: 'too-large' | 'empty' | 'type') {
    super(`file refused: ${reason}`);
    this.name = 'FileRefused';
  }
}

export interface Received {
  /** As sniffed from its bytes. */
  type: string;
  size: number;
  /** SHA-256 in hex. */
  sha256: string;
}

/**
 * Streams a file into the store while it is measured and digested; no more than its beginning is held in memory.
 * Rejects with FileRefused, or the stream's own error when it is cut off; then nothing is kept.
 */
export async function receive(
  store: FileStore,
  key: string,
  source: Readable,
  { name, maxBytes }: { name: string; maxBytes: number },
): Promise<Received> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterableIterator<Buffer>;
  const head = await headOf(chunks, maxBytes);
  if (head.length === 0) throw new FileRefused('empty');
  const type = await sniff(head, name);
  if (type === null) throw new FileRefused('type');
  const hash = createHash('sha256');
  let size = 0;
  async function* counted() {
    for (let chunk: Buffer | undefined = head; chunk; chunk = await next(chunks)) {
      size += chunk.length;
      if (size > maxBytes) throw new FileRefused('too-large');
      hash.update(chunk);
      yield chunk;
    }
  }
  await store.put(key, Readable.from(counted(), { objectMode: false }));
  return { type, size, sha256: hash.digest('hex') };
}

async function headOf(chunks: AsyncIterator<Buffer>, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for (let chunk = await next(chunks); chunk; chunk = length < HEAD_BYTES ? await next(chunks) : undefined) {
    parts.push(chunk);
    length += chunk.length;
    if (length > maxBytes) throw new FileRefused('too-large');
  }
  return Buffer.concat(parts);
}

async function next(chunks: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  const { done, value } = await chunks.next();
  return done ? undefined : value;
}
