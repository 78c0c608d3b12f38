import { changeLabels } from '@duban/contracts';
import { listAudit, listWebhookDeliveries } from '@duban/database';
import { deliveryLabels } from '../labels';
import { column } from '../table';
import { type Locale, PAGE, type Source, label, pagesOf } from './source';

export const audit: Source = async (db, row) => ({
  columns: [
    column('number', '序号', 'No.', 10),
    column('instant', '时间', 'At'),
    column('text', '操作人', 'Actor', 14),
    column('text', '操作', 'Action', 30),
    column('text', '对象', 'Object', 20),
    column('text', '跟踪号', 'Trace', 34),
    column('text', '详情', 'Detail', 40),
  ],
  total: null,
  pages: () =>
    pagesOf(
      (before: number | undefined) =>
        listAudit(db, { ...(row.query as { object?: string; actor?: string }), before, limit: PAGE }),
      ({ id }) => id,
      ({ id, at, actor, action, object, trace, detail }) => [
        ...[id, at, actor, action, object, trace, detail === null ? null : JSON.stringify(detail)],
      ],
    ),
});

/** 对外推送记录 of one endpoint: what was sent when and how it was answered. */
export const webhookDeliveries: Source = async (db, row) => {
  const query = row.query as { endpoint: string; state?: string; ticket?: string };
  const locale = row.locale as Locale;
  return {
    columns: [
      column('number', '序号', 'No.', 10),
      column('text', '工单号', 'Ticket'),
      column('text', '事件', 'Event', 20),
      column('instant', '发生时间', 'At'),
      column('text', '状态', 'State', 10),
      column('number', '尝试次数', 'Attempts'),
      column('number', '重推次数', 'Replays'),
      column('number', '应答状态码', 'Response status'),
      column('text', '最近错误', 'Last error', 24),
      column('instant', '入队时间', 'Queued'),
      column('instant', '结束时间', 'Settled'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (before: number | undefined) => listWebhookDeliveries(db, { ...query, before, limit: PAGE }),
        ({ id }) => id,
        ({ id, ticket, kind, at, state, attempts, replays, responseStatus, lastError, queuedAt, settledAt }) => [
          ...[id, ticket, label(changeLabels, kind, locale), at, label(deliveryLabels, state, locale)],
          ...[attempts, replays, responseStatus, lastError, queuedAt, settledAt],
        ],
      ),
  };
};
