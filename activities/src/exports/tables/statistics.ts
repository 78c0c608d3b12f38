import {
  type Dimension,
  type Label,
  type Measure,
  dimensionLabels,
  figureLabels,
  measures,
  processLabels,
} from '@duban/contracts';
import { type StatisticsQuery, listDailyReports, readStatistics } from '@duban/database';
import { readDimensionNames } from '../names';
import { type Value, column } from '../table';
import { type Locale, type Source, label } from './source';

export const statistics: Source = async (db, row) => {
  const query = row.query as unknown as StatisticsQuery;
  const locale = row.locale as Locale;
  const [names, rows] = await Promise.all([readDimensionNames(db), readStatistics(db, query)]);
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
};

/** The figures a measure has; over time a backlog is only counted. */
export function figuresOf(measure: Measure, by: readonly Dimension[]): readonly string[] {
  const overTime = by.some((dimension) => ['day', 'week', 'month'].includes(dimension));
  return measure === 'backlog' && overTime ? ['open'] : measures[measure].values;
}

export const dailyReport: Source = async (db, { query, locale }) => {
  const { from, to } = query as { from: string; to: string };
  const rows = await listDailyReports(db, from, to);
  const processes: Record<string, Label> = { ...processLabels, all: { zh: '全部', en: 'All' } };
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
};
