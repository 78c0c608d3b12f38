import { z } from 'zod';

/** A ticket, staff, department, group or material id as callers may write it. */
export const idSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:_-]{0,63}$/);
