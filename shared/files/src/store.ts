import type { Readable } from 'node:stream';

/** One stored object and since when it is there. */
export interface StoredObject {
  key: string;
  at: Date;
}

/**
 * Where bytes are kept, by key (`area/…`, see `keyPattern`). An object is there as a whole or not at all: what is cut
 * off on its way leaves nothing that `get` or `list` would find (G10).
 */
export interface FileStore {
  /** Streams `content` to `key`. Rejects with the stream's own error, and keeps nothing, when it fails. */
  put(key: string, content: Readable): Promise<void>;
  /** Rejects with FileMissing when there is no such object. */
  get(key: string): Promise<Readable>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  /** Everything whose key begins with `area/`, in no order. */
  list(area: string): AsyncIterable<StoredObject>;
  /** Drops what writers that died left half-written before then. Returns how many pieces it was. */
  dropPartial(before: Date): Promise<number>;
}

export class FileMissing extends Error {
  constructor(readonly key: string) {
    super(`there is no object ${key}`);
    this.name = 'FileMissing';
  }
}

const keyPattern = /^[a-z][a-z0-9-]*(\/[A-Za-z0-9_-]+)+$/;

/** Throws on a key that could lead outside of the store. */
export function assertKey(key: string): void {
  if (!keyPattern.test(key)) throw new Error('not a key of the file store');
}
