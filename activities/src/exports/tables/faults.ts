import { type Label, faultCauseLabels } from '@duban/contracts';
import { type Executor, listFaultScopes, listFaultSummaries, listFaults } from '@duban/database';
import { readDimensionNames } from '../names';
import { type Value, column } from '../table';
import { type Locale, PAGE, type Source, label, listed, named, pagesOf, whole } from './source';

const stateLabels: Record<string, Label> = {
  open: { zh: '处理中', en: 'Open' },
  over: { zh: '已恢复', en: 'Over' },
  cancelled: { zh: '已取消', en: 'Cancelled' },
};
const unknown = { unknown: { zh: '未知', en: 'Unknown' } };

async function scopeLabels(db: Executor, kind: 'area' | 'service'): Promise<Record<string, Label>> {
  const scopes = (await listFaultScopes(db)).filter((scope) => scope.kind === kind);
  return {
    ...unknown,
    ...Object.fromEntries(scopes.map(({ id, nameZh, nameEn }) => [id, { zh: nameZh, en: nameEn }])),
  };
}

/** 故障公告 (F2). */
export const faultAnnouncements: Source = async (db, row) => {
  const query = row.query as { open?: boolean; area?: string; service?: string };
  const locale = row.locale as Locale;
  const [areas, services] = [await scopeLabels(db, 'area'), await scopeLabels(db, 'service')];
  return {
    columns: [
      column('text', '公告编号', 'Number', 18),
      column('text', '标题', 'Title', 30),
      column('text', '影响区域', 'Areas', 24),
      column('text', '影响业务', 'Services', 20),
      column('text', '原因类别', 'Kind of cause', 12),
      column('text', '原因', 'Cause', 30),
      column('text', '进展', 'Progress', 30),
      column('text', '状态', 'State', 10),
      column('instant', '发布时间', 'Published'),
      column('instant', '预计恢复', 'Expected'),
      column('instant', '恢复时间', 'Ended'),
      column('number', '关联申告', 'Reports'),
    ],
    total: null,
    pages: () =>
      pagesOf(
        (after: { at: string; number: string } | undefined) => listFaults(db, { ...query, after, limit: PAGE }),
        ({ publishedAt, ticket }) => ({ at: publishedAt.toISOString(), number: ticket }),
        (fault): Value[] => [
          ...[fault.ticket, fault.title, listed(fault.areas, locale, (id) => label(areas, id, locale))],
          ...[listed(fault.services, locale, (id) => label(services, id, locale))],
          ...[label(faultCauseLabels, fault.causeKind, locale), fault.cause, fault.progress],
          ...[
            label(stateLabels, fault.state, locale),
            fault.publishedAt,
            fault.expectedAt,
            fault.endedAt,
            fault.callers,
          ],
        ],
      ),
  };
};

/** 故障区域与业务. */
export const faultScopes: Source = async (db, { locale }) => {
  const kinds = { area: { zh: '区域', en: 'Area' }, service: { zh: '业务', en: 'Service' } };
  return whole(
    [
      column('text', '类型', 'Kind', 8),
      column('text', '编号', 'Id', 16),
      column('text', '中文名称', 'Chinese name', 20),
      column('text', '英文名称', 'English name', 20),
      column('flag', '启用', 'Active'),
    ],
    (await listFaultScopes(db)).map(({ kind, id, nameZh, nameEn, active }) => [
      ...[kinds[kind][locale as Locale], id, nameZh, nameEn, active],
    ]),
  );
};

/** How many weeks back the file of summaries goes. */
const WEEKS = 104;

/** 故障周报 (F3): a row for each kind, area and cause of each week. */
export const faultSummaries: Source = async (db, row) => {
  const locale = row.locale as Locale;
  const [names, areas] = [await readDimensionNames(db), await scopeLabels(db, 'area')];
  const summaries = await listFaultSummaries(db, WEEKS);
  return whole(
    [
      column('text', '周', 'Week', 12),
      column('text', '类别', 'Kind', 20),
      column('text', '区域', 'Area', 16),
      column('text', '原因', 'Cause', 14),
      column('number', '申告数', 'Reports'),
    ],
    summaries.flatMap(({ pack }) =>
      pack.rows.map(({ category, area, cause, count }): Value[] => [
        ...[pack.week, named(names, 'category', category, locale), label(areas, area, locale)],
        ...[label(faultCauseLabels, cause, locale), count],
      ]),
    ),
  );
};
