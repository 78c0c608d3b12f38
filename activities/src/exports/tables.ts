import {
  type Dimension,
  type ExportKind,
  type Measure,
  dimensionLabels,
  figureLabels,
  maskEmail,
  maskPhone,
  measures,
  processLabels,
  stageLabels,
  statusLabels,
  typeLabels,
  channelLabels,
} from '@duban/contracts';
import {
  type Db,
  type FileExport,
  type ListFilter,
  type ProblemFilter,
  type StatisticsQuery,
  contentsOf,
  countListed,
  listAudit,
  listCustomersAfter,
  listDailyReports,
  listMeasures,
  listProblems,
  listTickets,
  readStatistics,
} from '@duban/database';
import { type Names, readDimensionNames } from './names';
import { type Table, type Value, column } from './table';

type Locale = 'zh' | 'en';
type Source = (db: Db, row: FileExport) => Promise<Table>;

const PAGE = 500;

/** The table that an export asks for: the very lists and statistics that routes show, with the asker's own sight. */
export function tableOf(db: Db, row: FileExport): Promise<Table> {
  return sources[row.kind as ExportKind](db, row);
}

const sources: Record<ExportKind, Source> = {
  tickets,
  statistics,
  'daily-report': dailyReport,
  customers,
  problems,
  measures: preventiveMeasures,
  audit,
};

const label = (table: Record<string, { zh: string; en: string }>, code: string, locale: Locale) =>
  table[code]?.[locale] ?? code;

/** 登记表: 序号, 客户编号, 姓名, 联系方式, 类型, 问题描述, 处理人员, 处理状态, 完成时间, and what lists show besides. */
async function tickets(db: Db, row: FileExport): Promise<Table> {
  const { from, to, ...query } = row.query as unknown as Omit<ListFilter, 'from' | 'to'> & {
    from?: string;
    to?: string;
  };
  const filter: ListFilter = {
    ...query,
    grants: row.grants as ListFilter['grants'],
    limit: PAGE,
    ...(from ? { from: new Date(from) } : {}),
    ...(to ? { to: new Date(to) } : {}),
  };
  const locale = row.locale as Locale;
  const [names, total] = await Promise.all([readDimensionNames(db), countListed(db, filter)]);
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
    async *pages() {
      for (let n = 0, after = filter.after; ;) {
        const page = await listTickets(db, { ...filter, after });
        const contents = await contentsOf(
          db,
          page.map(({ number }) => number),
        );
        yield page.map((ticket): Value[] => [
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
          contents.get(ticket.number) ?? '',
          ticket.handler === null ? null : names.of('handler', ticket.handler, locale),
          label(statusLabels, ticket.status, locale),
          ticket.overdue,
          ticket.createdAt,
          ticket.closedAt,
        ]);
        const last = page.at(-1);
        if (!last || page.length < PAGE) return;
        const at = filter.sort === 'due' ? (last.nextDueAt?.toISOString() ?? 'infinity') : last.createdAt.toISOString();
        after = { at, number: last.number };
      }
    },
  };
}

async function statistics(db: Db, row: FileExport): Promise<Table> {
  const query = row.query as unknown as StatisticsQuery;
  const [names, rows] = await Promise.all([readDimensionNames(db), readStatistics(db, query)]);
  return statisticsTable(query, rows, names, row.locale as Locale);
}

function statisticsTable(
  query: StatisticsQuery,
  rows: Awaited<ReturnType<typeof readStatistics>>,
  names: Names,
  locale: Locale,
): Table {
  const figures = figuresOf(query.measure, query.by);
  return {
    columns: [
      ...query.by.map((dimension) => {
        const { zh, en } = dimensionLabels[dimension];
        return column('text', zh, en, 20);
      }),
      ...figures.map((name) => {
        const { zh, en } = figureLabels[name]!;
        return column(name.endsWith('Ms') ? 'duration' : name === 'share' ? 'share' : 'number', zh, en, 14);
      }),
    ],
    total: rows.length,
    async *pages() {
      yield rows.map(({ key, values }): Value[] => [
        ...query.by.map((dimension) => names.of(dimension, key[dimension] ?? null, locale)),
        ...figures.map((name) => values[name] ?? null),
      ]);
    },
  };
}

/** The figures a measure has; over time a backlog is only counted. */
export function figuresOf(measure: Measure, by: readonly Dimension[]): readonly string[] {
  const overTime = by.some((dimension) => ['day', 'week', 'month'].includes(dimension));
  return measure === 'backlog' && overTime ? ['open'] : measures[measure].values;
}

async function dailyReport(db: Db, { query, locale }: FileExport): Promise<Table> {
  const { from, to } = query as { from: string; to: string };
  const rows = await listDailyReports(db, from, to);
  const processes: Record<string, { zh: string; en: string }> = { ...processLabels, all: { zh: '全部', en: 'All' } };
  return {
    columns: [
      column('text', '日期', 'Day', 12),
      column('text', '流程', 'Process', 12),
      column('text', '指标', 'Measure', 20),
      column('text', '数据项', 'Figure', 20),
      column('number', '数值', 'Value', 12),
    ],
    total: null,
    async *pages() {
      yield rows.flatMap(({ day, process, measure, value }) =>
        Object.entries(value as Record<string, number | null>).map(([name, figure]): Value[] => [
          day,
          label(processes, process, locale as Locale),
          measure,
          label(figureLabels, name, locale as Locale),
          figure,
        ]),
      );
    },
  };
}

async function customers(db: Db): Promise<Table> {
  return {
    columns: [
      column('text', '客户编号', 'Customer', 14),
      column('text', '姓名', 'Name', 12),
      column('text', '联系方式', 'Telephone', 14),
      column('text', '电子邮箱', 'E-mail', 20),
      column('text', '客户类别', 'Class', 12),
      column('flag', '匿名', 'Anonymous'),
      column('instant', '建档时间', 'Created'),
    ],
    total: null,
    async *pages() {
      for (let after = ''; ;) {
        const page = await listCustomersAfter(db, after, PAGE);
        yield page.map(({ id, name, phone, email, class: kind, anonymous, createdAt }): Value[] => [
          ...[id, name, maskPhone(phone), maskEmail(email), kind, anonymous, createdAt],
        ]);
        if (page.length < PAGE) return;
        after = page.at(-1)!.id;
      }
    },
  };
}

async function problems(db: Db, { query, locale }: FileExport): Promise<Table> {
  const names = await readDimensionNames(db);
  return {
    columns: [
      column('text', '编号', 'Id', 14),
      column('text', '问题', 'Problem', 30),
      column('text', '描述', 'Description', 40),
      column('text', '分类', 'Category', 20),
      column('text', '环节', 'Stage', 12),
      column('number', '发生次数', 'Frequency', 10),
      column('number', '近 30 天', 'Last 30 days', 10),
      column('text', '原因', 'Causes', 40),
      column('text', '责任人', 'Owner', 12),
      column('text', '状态', 'State', 10),
      column('instant', '登记时间', 'Created'),
    ],
    total: null,
    async *pages() {
      for (let after: ProblemFilter['after']; ;) {
        const page = await listProblems(db, { ...(query as Partial<ProblemFilter>), limit: PAGE, after });
        yield page.map((problem): Value[] => [
          problem.id,
          problem.title,
          problem.description,
          names.of('category', problem.category, locale as Locale),
          problem.stage === null ? null : label(stageLabels, problem.stage, locale as Locale),
          problem.tickets,
          problem.recentTickets,
          problem.causes,
          problem.owner === null ? null : names.of('handler', problem.owner, locale as Locale),
          problem.state,
          problem.createdAt,
        ]);
        const last = page.at(-1);
        if (!last || page.length < PAGE) return;
        after = { at: last.createdAt.toISOString(), id: last.id };
      }
    },
  };
}

async function preventiveMeasures(db: Db, { query, locale }: FileExport): Promise<Table> {
  const names = await readDimensionNames(db);
  const rows = await listMeasures(db, { ...(query as { owner?: string; open?: boolean }), limit: 10_000 });
  return {
    columns: [
      column('text', '问题', 'Problem', 30),
      column('text', '预防措施', 'Measure', 50),
      column('text', '责任人', 'Owner', 12),
      column('text', '状态', 'State', 10),
      column('instant', '到期时间', 'Due'),
      column('text', '结果', 'Result', 40),
      column('instant', '完成时间', 'Settled'),
    ],
    total: rows.length,
    async *pages() {
      yield rows.map((row): Value[] => [
        ...[row.title, row.text, names.of('handler', row.owner, locale as Locale), row.state],
        ...[row.dueAt, row.result, row.settledAt],
      ]);
    },
  };
}

async function audit(db: Db, { query }: FileExport): Promise<Table> {
  return {
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
    async *pages() {
      for (let before: number | undefined; ;) {
        const page = await listAudit(db, { ...(query as { object?: string }), before, limit: PAGE });
        yield page.map(({ id, at, actor, action, object, trace, detail }): Value[] => [
          ...[id, at, actor, action, object, trace, detail === null ? null : JSON.stringify(detail)],
        ]);
        if (page.length < PAGE) return;
        before = page.at(-1)!.id;
      }
    },
  };
}
