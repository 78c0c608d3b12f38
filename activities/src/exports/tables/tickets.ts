import { channelLabels, maskPhone, outcomeLabels, processLabels, statusLabels, typeLabels } from '@duban/contracts';
import {
  type ArchiveFilter,
  type ListFilter,
  contentsOf,
  countListed,
  listTickets,
  searchArchive,
} from '@duban/database';
import { readDimensionNames } from '../names';
import { column } from '../table';
import { type Locale, PAGE, type Source, instantOf, label, labelled, named, pagesOf } from './source';

type Stored<Filter> = Omit<Filter, 'from' | 'to'> & { from?: string; to?: string };

/** 登记表: 序号, 客户编号, 姓名, 联系方式, 类型, 问题描述, 处理人员, 处理状态, 完成时间, and what lists show besides. */
export const tickets: Source = async (db, row) => {
  const { from, to, ...query } = row.query as unknown as Stored<ListFilter>;
  const filter: ListFilter = {
    ...query,
    grants: row.grants as ListFilter['grants'],
    limit: PAGE,
    from: instantOf(from),
    to: instantOf(to),
  };
  const locale = row.locale as Locale;
  const [names, total] = await Promise.all([readDimensionNames(db), countListed(db, filter)]);
  let n = 0;
  return {
    columns: [
      column('number', '序号', 'No.', 8),
      column('text', '工单号', 'Ticket'),
      column('text', '客户编号', 'Customer', 14),
      column('text', '姓名', 'Name', 10),
      column('text', '联系方式', 'Contact', 14),
      column('text', '流程', 'Process', 12),
      column('text', '咨询/投诉类型', 'Type', 14),
      column('text', '分类', 'Category', 20),
      column('text', '优先级', 'Priority', 8),
      column('text', '渠道', 'Channel', 10),
      column('text', '主题', 'Subject', 30),
      column('text', '问题描述', 'Description', 50),
      column('text', '处理人员', 'Handler', 12),
      column('text', '处理状态', 'Status', 12),
      column('flag', '已超时', 'Overdue'),
      column('instant', '受理时间', 'Registered'),
      column('instant', '完成时间', 'Completed'),
    ],
    total,
    pages: () =>
      pagesOf(
        async (after: ListFilter['after']) => {
          const page = await listTickets(db, { ...filter, after });
          const contents = await contentsOf(
            db,
            page.map(({ number }) => number),
          );
          return page.map((ticket) => ({ ...ticket, content: contents.get(ticket.number) ?? '' }));
        },
        ({ number, createdAt, nextDueAt }) => {
          const at = filter.sort === 'due' ? (nextDueAt?.toISOString() ?? 'infinity') : createdAt.toISOString();
          return { at, number };
        },
        (ticket) => [
          ++n,
          ticket.number,
          ticket.customerId,
          ticket.customerName,
          maskPhone(ticket.customerPhone),
          label(processLabels, ticket.process, locale),
          label(typeLabels, ticket.type, locale),
          names.of('category', ticket.category, locale),
          ticket.priority,
          label(channelLabels, ticket.channel, locale),
          ticket.subject,
          ticket.content,
          named(names, 'handler', ticket.handler, locale),
          label(statusLabels, ticket.status, locale),
          ticket.overdue,
          ticket.createdAt,
          ticket.closedAt,
        ],
      ),
  };
};

/** 归档目录: what a search in the archive lists, without the bundles (G14). */
export const archive: Source = async (db, row) => {
  const { from, to, ...query } = row.query as unknown as Stored<ArchiveFilter>;
  const filter: ArchiveFilter = { ...query, from: instantOf(from), to: instantOf(to), limit: PAGE };
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return {
    columns: [
      column('text', '工单号', 'Ticket'),
      column('text', '流程', 'Process', 12),
      column('text', '类型', 'Type', 14),
      column('text', '分类', 'Category', 20),
      column('text', '主题', 'Subject', 30),
      column('text', '客户编号', 'Customer', 14),
      column('text', '结果', 'Outcome', 12),
      column('instant', '完成时间', 'Completed'),
      column('instant', '归档时间', 'Archived'),
      column('instant', '保存至', 'Kept until'),
      column('flag', '法律保留', 'Legal hold'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: ArchiveFilter['after']) => searchArchive(db, { ...filter, after }),
        ({ ticket, archivedAt }) => ({ at: archivedAt.toISOString(), number: ticket }),
        ({ ticket, process, type, category, subject, customer, outcome, ...kept }) => [
          ...[ticket, label(processLabels, process, locale), label(typeLabels, type, locale)],
          ...[names.of('category', category, locale), subject, customer, labelled(outcomeLabels, outcome, locale)],
          ...[kept.closedAt, kept.archivedAt, kept.retainUntil, kept.legalHold],
        ],
      ),
  };
};
