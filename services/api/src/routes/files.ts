import { idSchema } from '@duban/contracts/schemas';
import { findFile, filesOf, isArchiveBlocked } from '@duban/database';
import { z } from 'zod';
import { auditDownload, fileSchema, fileView, sendFile, takeUpload, uploadHeaders } from '../files/transfer';
import { problems } from '../http/problems';
import { anyStaff, created, ok, route } from '../http/route';
import { number, ticketParams } from '../http/schemas';
import { ofTicket, visibleTicket } from '../tickets/visibility';

const tag = 'files';

export const fileRoutes = [
  route({
    method: 'post',
    path: '/tickets/:number/files',
    tag,
    summary: { zh: '上传附件', en: 'Attach a file to a ticket' },
    who: anyStaff({ scope: 'materials:write' }),
    params: ticketParams,
    object: ofTicket,
    headers: uploadHeaders,
    upload: true,
    answers: { 201: fileSchema },
    async handle({ object: ticket, ...call }, deps) {
      if (ticket.archived) throw problems.conflict('closed', '工单已归档', 'The ticket is archived');
      const file = await takeUpload({ ticket: ticket.number }, call, deps);
      return created(fileView(file), `/api/v1/tickets/${ticket.number}/files/${file.id}`);
    },
  }),
  route({
    method: 'get',
    path: '/tickets/:number/files',
    tag,
    summary: { zh: '工单的附件', en: "A ticket's files" },
    who: anyStaff({ scope: 'tickets:read' }),
    params: ticketParams,
    object: ofTicket,
    answers: { 200: z.strictObject({ files: z.array(fileSchema) }) },
    handle: async ({ object: { number } }, { db }) =>
      ok({ files: (await filesOf(db, { ticket: number })).map(fileView) }),
  }),
  route({
    method: 'get',
    path: '/tickets/:number/files/:id',
    tag,
    summary: { zh: '下载附件', en: 'Download a file' },
    who: anyStaff({ scope: 'tickets:read' }),
    params: z.object({ number, id: idSchema }),
    async object({ params, caller }, deps) {
      const ticket = await visibleTicket(params.number, caller, deps);
      const file = await findFile(deps.db, { ticket: ticket.number }, params.id);
      // What the retention duty keeps of somebody who was erased is for the auditor alone (P4).
      const blocked = file && (await isArchiveBlocked(deps.db, ticket.number));
      if (!file || (blocked && !caller.actor.roles.includes('auditor'))) throw problems.notFound();
      return file;
    },
    download: true,
    answers: { 200: z.string() },
    async handle({ object: file, params, caller, trace, response }, deps) {
      await auditDownload(deps.db, file, caller, params.number, trace);
      return sendFile(file, response, deps);
    },
  }),
];
