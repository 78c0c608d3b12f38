import { type CustomerChange, changesOfCustomer } from '@duban/database';
import { z } from 'zod';
import { ofCustomer } from '../customers/views';
import { pageOf, placeOf } from '../http/cursor';
import { ok, route } from '../http/route';
import { idParams, instant } from '../http/schemas';
import { maskDeep } from '../tickets/mask-deep';
import { customerReaders } from './customers';

const values = z.record(z.string(), z.string().nullable());
const changeSchema = z
  .strictObject({ ticket: z.string(), at: instant, approvedBy: z.string(), before: values, after: values })
  .meta({ id: 'CustomerChange' });

/** What of a customer's data was changed by approved tickets, with what stood there before (B1, P4). */
export const customerChangeRoutes = [
  route({
    method: 'get',
    path: '/customers/:id/changes',
    tag: 'customers',
    summary: { zh: '客户资料变更记录', en: "Changes of a customer's data" },
    who: customerReaders,
    params: idParams,
    object: ofCustomer,
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      cursor: z.string().max(300).optional(),
    }),
    answers: { 200: z.strictObject({ changes: z.array(changeSchema), next: z.string().nullable() }) },
    async handle({ object, query: { limit, cursor } }, { db }) {
      const place = placeOf(cursor);
      const rows = await changesOfCustomer(db, object.id, {
        limit: limit + 1,
        ...(place ? { before: { at: new Date(place.at), ticket: place.number } } : {}),
      });
      const { page, next } = pageOf(rows, limit, (last) => ({ at: last.at, number: last.ticket }));
      const changes = page.map(({ ticket, at, approvedBy, before, after }) => ({
        ...{ ticket, at, approvedBy },
        ...(maskDeep({ before, after }) as Pick<CustomerChange, 'before' | 'after'>),
      }));
      return ok({ changes, next });
    },
  }),
];
