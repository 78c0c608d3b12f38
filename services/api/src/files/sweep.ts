import { type Db, keysInUse } from '@duban/database';
import type { FileStore } from '@duban/files';
import { ATTACHMENTS } from './transfer';

/** No upload takes as long: what is older and has no row was left by a process that died, or by a deleted row. */
const ORPHAN_MS = 24 * 3_600_000;
const BATCH = 500;

/** Removes bytes that no file stands for. Safe to run anywhere at any time. Returns how many objects it removed. */
export async function sweepFiles(db: Db, store: FileStore, now = Date.now()): Promise<number> {
  const before = new Date(now - ORPHAN_MS);
  let removed = await store.dropPartial(before);
  let batch: string[] = [];
  const sweep = async () => {
    const used = await keysInUse(db, batch);
    for (const key of batch.filter((key) => !used.has(key))) {
      await store.remove(key);
      removed++;
    }
    batch = [];
  };
  for await (const { key, at } of store.list(ATTACHMENTS)) {
    if (at >= before) continue;
    batch.push(key);
    if (batch.length === BATCH) await sweep();
  }
  await sweep();
  return removed;
}
