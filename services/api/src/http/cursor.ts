import { z } from 'zod';
import { invalidFields } from './problems';

const content = z.tuple([z.literal(['newest', 'due', 'number']), z.string().max(40), z.string().max(150)]);

/** Where a page ended: by which order, at which instant (or `infinity`), at which number. */
export interface Cursor {
  sort: 'newest' | 'due' | 'number';
  at: string;
  number: string;
}

/** Opaque to callers, and looked at like everything that comes from them. */
function writeCursor({ sort, at, number }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, at, number])).toString('base64url');
}

/** Null when it is none of ours. */
function readCursor(text: string): Cursor | null {
  try {
    const [sort, at, number] = content.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    if (at !== 'infinity' && Number.isNaN(Date.parse(at))) return null;
    return { sort, at, number };
  } catch {
    return null;
  }
}

/** 400: no cursor of this list. */
export const notACursor = () => invalidFields([{ field: 'cursor', code: 'malformed' }], 400);

/** Where a list in this order goes on; undefined at its beginning. Throws 400 for what is no cursor of such a list. */
export function placeOf(cursor: string | undefined, sort: Cursor['sort'] = 'newest'): Cursor | undefined {
  if (cursor === undefined) return undefined;
  const place = readCursor(cursor);
  if (place?.sort !== sort) throw notACursor();
  return place;
}

/** A page out of rows of which one more than `limit` was read, and the cursor of the next, null at the end. */
export function pageOf<Row>(
  rows: Row[],
  limit: number,
  place: (last: Row) => { at: Date | 'infinity'; number: string },
  sort: Cursor['sort'] = 'newest',
): { page: Row[]; next: string | null } {
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  if (last === undefined) return { page, next: null };
  const { at, number } = place(last);
  return { page, next: writeCursor({ sort, at: at === 'infinity' ? at : at.toISOString(), number }) };
}
