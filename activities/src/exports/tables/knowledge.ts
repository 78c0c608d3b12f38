import { roles, stageLabels } from '@duban/contracts';
import {
  type ArticleFilter,
  type ProblemFilter,
  listAnnouncements,
  listArticles,
  listMeasures,
  listProblems,
  listProposals,
} from '@duban/database';
import {
  articleKindLabels,
  articleLabels,
  measureLabels,
  problemLabels,
  proposalKindLabels,
  proposalLabels,
} from '../labels';
import { readDimensionNames } from '../names';
import { column } from '../table';
import { type Locale, PAGE, type Source, label, labelled, listed, named, pagesOf } from './source';

/** 知识库文章目录; drafts only for those who read them (P5). */
export const articles: Source = async (db, row) => {
  const query = row.query as unknown as ArticleFilter;
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return {
    columns: [
      column('text', '编号', 'Id', 14),
      column('text', '类别', 'Kind', 8),
      column('text', '标题', 'Title', 40),
      column('text', '分类', 'Category', 20),
      column('text', '状态', 'Status', 10),
      column('number', '最新版本', 'Version'),
      column('number', '发布版本', 'Published version'),
      column('text', '负责人', 'Owner', 12),
      column('text', '复审日期', 'Review on', 12),
      column('text', '来源工单', 'Ticket'),
      column('number', '使用次数', 'Used'),
      column('number', '有帮助次数', 'Helped'),
      column('instant', '创建时间', 'Created'),
      column('instant', '修改时间', 'Changed'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: ArticleFilter['after']) => listArticles(db, { ...query, limit: PAGE, after }),
        ({ id, changedAt }) => ({ at: changedAt.toISOString(), number: id }),
        (article) => [
          ...[article.id, label(articleKindLabels, article.kind, locale), article.title],
          ...[named(names, 'category', article.category, locale), label(articleLabels, article.status, locale)],
          ...[article.version, article.publishedVersion, names.of('handler', article.owner, locale)],
          ...[article.reviewOn, article.ticket, article.used, article.helped, article.createdAt, article.changedAt],
        ],
      ),
  };
};

export const problems: Source = async (db, row) => {
  const query = row.query as Partial<ProblemFilter>;
  const locale = row.locale as Locale;
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
    pages: () =>
      pagesOf(
        (after: ProblemFilter['after']) => listProblems(db, { ...query, limit: PAGE, after }),
        ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
        (problem) => [
          ...[problem.id, problem.title, problem.description, names.of('category', problem.category, locale)],
          ...[labelled(stageLabels, problem.stage, locale), problem.tickets, problem.recentTickets, problem.causes],
          ...[named(names, 'handler', problem.owner, locale), label(problemLabels, problem.state, locale)],
          problem.createdAt,
        ],
      ),
  };
};

export const preventiveMeasures: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  const query = row.query as { owner?: string; open?: boolean };
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
    total: null,
    pages: () =>
      pagesOf(
        (after: { at: string; id: string } | undefined) =>
          listMeasures(db, { ...query, ...(after ? { after } : {}), limit: PAGE }),
        ({ id, dueAt }) => ({ at: dueAt.toISOString(), id }),
        (measure) => [
          ...[measure.title, measure.text, names.of('handler', measure.owner, locale)],
          ...[label(measureLabels, measure.state, locale), measure.dueAt, measure.result, measure.settledAt],
        ],
      ),
  };
};

/** 公告: those for their asker, or for publishers all (C2); who has read them is another list. */
export const announcements: Source = async (db, row) => {
  const { reader, past, all } = row.query as unknown as {
    reader: Parameters<typeof listAnnouncements>[1];
    past: boolean;
    all: boolean;
  };
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return {
    columns: [
      column('text', '标题', 'Title', 40),
      column('text', '内容', 'Text', 60),
      column('text', '知识条目', 'Article', 14),
      column('text', '角色', 'Roles', 24),
      column('text', '部门', 'Departments', 20),
      column('text', '发布人', 'Published by', 12),
      column('instant', '发布时间', 'Published'),
      column('instant', '有效期至', 'Valid until'),
      column('instant', '已读时间', 'Read'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: { at: string; number: string } | undefined) =>
          listAnnouncements(db, reader, { ...{ unread: false, past, all, limit: PAGE }, ...(after ? { after } : {}) }),
        ({ id, publishedAt }) => ({ at: publishedAt.toISOString(), number: id }),
        (one) => [
          ...[one.title, one.body, one.article, listed(one.roles, locale, (role) => label(roles, role, locale))],
          listed(one.departments, locale, (id) => names.of('department', id, locale)),
          ...[names.of('handler', one.publishedBy, locale), one.publishedAt, one.validUntil, one.readAt],
        ],
      ),
  };
};

export const knowledgeProposals: Source = async (db, row) => {
  const query = row.query as { state?: string; kind?: string };
  const locale = row.locale as Locale;
  const names = await readDimensionNames(db);
  return {
    columns: [
      column('text', '来源', 'Kind', 10),
      column('text', '标题', 'Title', 40),
      column('text', '内容', 'Text', 60),
      column('text', '分类', 'Category', 20),
      column('text', '来源工单', 'Ticket'),
      column('text', '提议人', 'Proposed by', 12),
      column('instant', '提议时间', 'Proposed'),
      column('text', '状态', 'State', 10),
      column('text', '知识条目', 'Article', 14),
      column('text', '未采纳原因', 'Reason', 30),
      column('text', '处理人', 'Decided by', 12),
      column('instant', '处理时间', 'Decided'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: { at: string; number: string } | undefined) =>
          listProposals(db, { ...query, ...(after ? { after } : {}), limit: PAGE }),
        ({ id, proposedAt }) => ({ at: proposedAt.toISOString(), number: id }),
        (one) => [
          ...[label(proposalKindLabels, one.kind, locale), one.title, one.body],
          ...[named(names, 'category', one.category, locale), one.ticket],
          ...[names.of('handler', one.proposedBy, locale), one.proposedAt],
          ...[label(proposalLabels, one.state, locale), one.article, one.reason],
          ...[named(names, 'handler', one.decidedBy, locale), one.decidedAt],
        ],
      ),
  };
};
