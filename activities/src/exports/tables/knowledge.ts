import { stageLabels } from '@duban/contracts';
import { type ArticleFilter, type ProblemFilter, listArticles, listMeasures, listProblems } from '@duban/database';
import { articleKindLabels, articleLabels, measureLabels, problemLabels } from '../labels';
import { readDimensionNames } from '../names';
import { type Value, column } from '../table';
import { type Locale, PAGE, type Source, label, labelled, named, pagesOf } from './source';

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
  const rows = await listMeasures(db, { ...(row.query as { owner?: string; open?: boolean }), limit: 10_000 });
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
      yield rows.map((measure): Value[] => [
        ...[measure.title, measure.text, names.of('handler', measure.owner, locale)],
        ...[label(measureLabels, measure.state, locale), measure.dueAt, measure.result, measure.settledAt],
      ]);
    },
  };
};
