import { maskPhone, templateLabels } from '@duban/contracts';
import {
  type CallFilter,
  type ConversationFilter,
  type DeliveryFilter,
  listCalls,
  listConversations,
  listDeliveries,
} from '@duban/database';
import { conversationLabels, deliveryLabels, directionLabels, mediumLabels } from '../labels';
import { readDimensionNames } from '../names';
import { column } from '../table';
import { type Locale, PAGE, type Source, between, instantOf, label, named, pagesOf } from './source';

/** 通话记录 (P3): the customer's number masked, of a recording only that there is one. */
export const calls: Source = async (db, row) => {
  const { from, to, ...query } = row.query as unknown as Omit<CallFilter, 'from' | 'to'> & {
    from?: string;
    to?: string;
  };
  const filter: CallFilter = { ...query, from: instantOf(from), to: instantOf(to), limit: PAGE };
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return {
    columns: [
      column('text', '通话编号', 'Call', 20),
      column('text', '方向', 'Direction', 8),
      column('text', '号码', 'Telephone', 14),
      column('text', '分机', 'Extension', 10),
      column('text', '坐席', 'Agent', 12),
      column('text', '客户编号', 'Customer', 14),
      column('text', '工单号', 'Ticket'),
      column('instant', '开始时间', 'Started'),
      column('instant', '接听时间', 'Answered'),
      column('instant', '结束时间', 'Ended'),
      column('duration', '接听用时', 'Time to answer'),
      column('duration', '通话时长', 'Duration'),
      column('flag', '三声内接听', 'Within three rings'),
      column('flag', '有录音', 'Recorded'),
      column('text', '分类', 'Category', 20),
      column('text', '备注', 'Note', 40),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: CallFilter['after']) => listCalls(db, { ...filter, after }),
        ({ id, startedAt }) => ({ at: startedAt.toISOString(), number: id }),
        (call) => [
          ...[call.id, label(directionLabels, call.direction, locale), maskPhone(call.phone), call.extension],
          ...[named(names, 'handler', call.agent, locale), call.customer, call.ticket],
          ...[call.startedAt, call.answeredAt, call.endedAt],
          ...[between(call.ringingAt, call.answeredAt), between(call.answeredAt, call.endedAt)],
          ...[call.answeredInTime, call.recording !== null],
          ...[named(names, 'category', call.category, locale), call.note],
        ],
      ),
  };
};

/** 会话记录: who wrote when by which channel, without what was said and without addresses (G1). */
export const conversations: Source = async (db, row) => {
  const query = row.query as unknown as ConversationFilter;
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return {
    columns: [
      column('text', '会话编号', 'Conversation', 24),
      column('text', '渠道', 'Channel', 10),
      column('text', '状态', 'Status', 10),
      column('text', '客户编号', 'Customer', 14),
      column('text', '工单号', 'Ticket'),
      column('text', '坐席', 'Agent', 12),
      column('text', '主题', 'Subject', 30),
      column('flag', '留言', 'Left a message'),
      column('instant', '开始时间', 'Created'),
      column('instant', '接入时间', 'Taken'),
      column('duration', '等待时长', 'Waited'),
      column('instant', '最后消息', 'Last message'),
      column('instant', '结束时间', 'Closed'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: ConversationFilter['after']) => listConversations(db, { ...query, limit: PAGE, after }),
        ({ id, createdAt }) => ({ at: createdAt.toISOString(), number: id }),
        ({ id, channel, status, customer, ticket, agent, subject, leftMessage, createdAt, takenAt, ...row }) => [
          ...[id, label(mediumLabels, channel, locale), label(conversationLabels, status, locale), customer, ticket],
          ...[named(names, 'handler', agent, locale), subject, leftMessage],
          ...[createdAt, takenAt, between(createdAt, takenAt), row.lastMessageAt, row.closedAt],
        ],
      ),
  };
};

/** 短信与邮件发送记录: to whom as a number or as the customer; addresses are not in it (G8). */
export const deliveries: Source = async (db, row) => {
  const query = row.query as unknown as DeliveryFilter;
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  const customer = { zh: '客户', en: 'Customer' }[locale];
  return {
    columns: [
      column('text', '工单号', 'Ticket'),
      column('text', '渠道', 'Channel', 10),
      column('text', '内容', 'Message', 16),
      column('text', '收件人', 'Recipient', 12),
      column('text', '状态', 'State', 10),
      column('number', '尝试次数', 'Attempts'),
      column('text', '最近错误', 'Last error', 24),
      column('instant', '创建时间', 'Created'),
      column('instant', '发送时间', 'Sent'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: DeliveryFilter['after']) => listDeliveries(db, { ...query, limit: PAGE, after }),
        ({ key, createdAt }) => ({ at: createdAt.toISOString(), key }),
        ({ ticket, channel, template, recipient, state, attempts, lastError, createdAt, sentAt }) => [
          ...[ticket, label(mediumLabels, channel, locale), label(templateLabels, template, locale)],
          ...[recipient === 'customer' ? customer : names.of('handler', recipient, locale)],
          ...[label(deliveryLabels, state, locale), attempts, lastError, createdAt, sentAt],
        ],
      ),
  };
};
