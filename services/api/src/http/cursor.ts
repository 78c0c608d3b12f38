import { z } from 'zod';

const content = z.tuple([z.literal(['newest', 'due', 'number']), z.string().max(40), z.string().max(150)]);

/** Where a page ended: by which order, at which instant (or `infinity`), at which number. */
export interface Cursor {
  sort: 'newest' | 'due' | 'number';
  at: string;
  number: string;
}

/** Opaque to callers, and looked at like everything that comes from them. */
export function writeCursor({ sort, at, number }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, at, number])).toString('base64url');
}

/** Null when it is none of ours. */
export function readCursor(text: string): Cursor | null {
  try {
    const [sort, at, number] = content.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    if (at !== 'infinity' && Number.isNaN(Date.parse(at))) return null;
    return { sort, at, number };
  } catch {
    return null;
  }
}
