import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Executor, type NotedAttachment, insertFile } from '@duban/database';
import { FileRefused, type Received, receive } from '@duban/files';
import type { Deps } from '../deps';
import { ATTACHMENTS } from '../files/transfer';
import type { MailAttachment } from './parse';

const MB = 1024 * 1024;

/** A mail's file whose bytes are in the store; without them where they may not be kept. */
export interface StoredAttachment extends MailAttachment {
  stored?: Received & { id: string; key: string };
}

/** Stores a mail's files, before their rows are written; who is refused (too large, of no allowed type) is only noted. */
export async function storeAttachments(
  attachments: MailAttachment[],
  { files, env }: Deps,
): Promise<StoredAttachment[]> {
  const kept: StoredAttachment[] = [];
  for (const attachment of attachments) {
    const { content, name } = attachment;
    const id = `f-${randomUUID()}`;
    const key = `${ATTACHMENTS}/${id.slice(2, 4)}/${randomUUID()}`;
    const maxBytes = env.DUBAN_FILE_MAX_MB * MB;
    const received = content
      ? await receive(files, key, Readable.from([content], { objectMode: false }), { name, maxBytes }).catch(
          (error: unknown) => {
            if (error instanceof FileRefused) return undefined;
            throw error;
          },
        )
      : undefined;
    kept.push(received ? { ...attachment, stored: { ...received, id, key } } : attachment);
  }
  return kept;
}

/** Writes the rows of stored files, which are the conversation's from then on. */
export async function noteAttachments(
  tx: Executor,
  conversation: string,
  attachments: StoredAttachment[],
): Promise<NotedAttachment[]> {
  for (const { name, stored } of attachments)
    if (stored) await insertFile(tx, { ...stored, name, conversation, uploadedBy: 'customer' });
  return attachments.map(({ name, type, sizeBytes, stored }) => ({
    ...{ name, type: stored?.type ?? type, sizeBytes, file: stored?.id ?? null },
  }));
}

/** Removes bytes that no row came to stand for. */
export async function dropAttachments(attachments: StoredAttachment[], { files }: Deps): Promise<void> {
  for (const { stored } of attachments) if (stored) await files.remove(stored.key);
}
