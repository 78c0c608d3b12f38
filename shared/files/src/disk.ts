import { randomUUID } from 'node:crypto';
import { type Dirent, createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileMissing, type FileStore, type StoredObject, assertKey } from './store';

const PARTIAL = '.partial';

/** Objects as files below `directory`: written aside, synced, then renamed, so that none is ever half there. */
export function openDiskStore(directory: string): FileStore {
  const pathOf = (key: string) => {
    assertKey(key);
    return join(directory, ...key.split('/'));
  };

  return {
    async put(key, content) {
      const path = pathOf(key);
      const partial = join(directory, PARTIAL, randomUUID());
      await mkdir(dirname(partial), { recursive: true });
      try {
        await pipeline(content, createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }));
        await mkdir(dirname(path), { recursive: true });
        await rename(partial, path);
        await syncDirectory(dirname(path));
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },

    async get(key) {
      const stream = createReadStream(pathOf(key));
      await opened(stream).catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' ? new FileMissing(key) : error;
      });
      return stream;
    },

    remove: (key) => rm(pathOf(key), { force: true }),

    async *list(area) {
      const root = join(directory, area);
      for (const { parentPath, name } of await entriesOf(root)) {
        const path = join(parentPath, name);
        const at = await changedAt(path);
        if (at) yield { key: relative(directory, path).split(sep).join('/'), at } satisfies StoredObject;
      }
    },

    async dropPartial(before) {
      let dropped = 0;
      for (const { parentPath, name } of await entriesOf(join(directory, PARTIAL))) {
        const at = await changedAt(join(parentPath, name));
        if (!at || at >= before) continue;
        await rm(join(parentPath, name), { force: true });
        dropped++;
      }
      return dropped;
    },
  };
}

function opened(stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => stream.once('open', () => resolve()).once('error', reject));
}

/** A rename is durable once its directory is. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function entriesOf(root: string): Promise<Dirent[]> {
  try {
    return (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Undefined when somebody removed it meanwhile. */
async function changedAt(path: string): Promise<Date | undefined> {
  return stat(path).then(
    ({ mtime }) => mtime,
    () => undefined,
  );
}
