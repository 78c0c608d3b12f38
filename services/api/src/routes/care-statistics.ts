import {
  type QualityDimension,
  qualityDimensionLabels,
  qualityFigureLabels,
  revisitFigureLabels,
} from '@duban/contracts';
import { qualityNames } from '@duban/activities';
import { readQualityStatistics, readRevisitFigures } from '@duban/database';
import { z } from 'zod';
import { type Route, ok, route, staffWith } from '../http/route';
import { qualityQuery, qualityStatisticsSchema, revisitFiguresSchema } from '../statistics/care-query';

const tag = 'statistics';
const figure = z.number().nullable();
const figures = z.array(z.strictObject({ name: z.string(), label: z.string() }));

/** What revisits and quality checks found (R1; issue 5, section 7). */
export const careStatisticsRoutes: Route[] = [
  route({
    method: 'get',
    path: '/statistics/revisits',
    tag,
    summary: { zh: '回访统计(按计划)', en: 'Revisits by plan' },
    who: staffWith(['supervisor', 'team-leader', 'revisit-group', 'auditor', 'administrator']),
    query: revisitFiguresSchema,
    answers: {
      200: z
        .strictObject({
          ...{ from: z.string(), to: z.string(), figures },
          rows: z.array(z.strictObject({ plan: z.string(), label: z.string(), values: z.record(z.string(), figure) })),
        })
        .meta({ id: 'RevisitFigures' }),
    },
    async handle({ query, locale }, { db }) {
      const rows = await readRevisitFigures(db, query);
      return ok({
        ...query,
        figures: Object.entries(revisitFigureLabels).map(([name, label]) => ({ name, label: label[locale] })),
        rows: rows.map(({ plan, nameZh, nameEn, ...values }) => ({
          ...{ plan, label: { zh: nameZh, en: nameEn }[locale], values },
        })),
      });
    },
  }),
  route({
    method: 'get',
    path: '/statistics/quality',
    tag,
    summary: { zh: '质检统计', en: 'What quality checks found' },
    who: staffWith(['supervisor', 'team-leader', 'auditor', 'administrator']),
    query: qualityStatisticsSchema,
    answers: {
      200: z
        .strictObject({
          ...{ from: z.string(), to: z.string(), timeZone: z.string(), dimensions: figures, figures },
          rows: z.array(
            z.strictObject({
              key: z.record(z.string(), z.string().nullable()),
              labels: z.record(z.string(), z.string()),
              values: z.record(z.string(), figure),
            }),
          ),
        })
        .meta({ id: 'QualityStatistic', description: '`passRate` is 0–1, averages are of 100' }),
    },
    async handle({ query: parameters, locale }, { db, env }) {
      const query = qualityQuery(parameters, env.DUBAN_TIME_ZONE);
      const [rows, names] = await Promise.all([readQualityStatistics(db, query), qualityNames(db)]);
      const { by, from, to, timeZone } = query;
      return ok({
        ...{ from, to, timeZone },
        dimensions: by.map((name) => ({ name, label: qualityDimensionLabels[name][locale] })),
        figures: Object.entries(qualityFigureLabels).map(([name, label]) => ({ name, label: label[locale] })),
        rows: rows.map(({ key, values }) => ({
          ...{ key, values },
          labels: Object.fromEntries(
            Object.entries(key).map(([name, code]) => [name, names(name as QualityDimension, code, locale)]),
          ),
        })),
      });
    },
  }),
];
