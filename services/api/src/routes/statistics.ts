import { type Dimension, dimensionLabels, figureLabels, measureNames, measures } from '@duban/contracts';
import { figuresOf, readDimensionNames } from '@duban/activities';
import { hintRules, readHints, readStatistics } from '@duban/database';
import { z } from 'zod';
import { ok, route, staffWith } from '../http/route';
import { hintView } from '../statistics/hint-texts';
import { statisticsQuery, statisticsReaders, statisticsSchema } from '../statistics/query';
import { directoryOf } from '../tickets/directory';

const tag = 'statistics';
const figure = z.number().nullable();

export const hintSchema = z
  .strictObject({
    rule: z.string(),
    ruleText: z.string(),
    text: z.string(),
    subject: z.record(z.string(), z.string()),
    number: z.number(),
    evidence: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Hint' });

export const statisticsRoutes = [
  route({
    method: 'get',
    path: '/statistics',
    tag,
    summary: { zh: '工单统计', en: 'A statistic of tickets' },
    who: statisticsReaders,
    query: statisticsSchema,
    answers: {
      200: z
        .strictObject({
          measure: z.enum(measureNames),
          label: z.string(),
          from: z.string(),
          to: z.string(),
          timeZone: z.string(),
          dimensions: z.array(z.strictObject({ name: z.string(), label: z.string() })),
          figures: z.array(z.strictObject({ name: z.string(), label: z.string() })),
          rows: z.array(
            z.strictObject({
              key: z.record(z.string(), z.string().nullable()),
              labels: z.record(z.string(), z.string()),
              values: z.record(z.string(), figure),
            }),
          ),
        })
        .meta({ id: 'Statistic', description: 'Shares are 0–1; what ends in `Ms` is milliseconds' }),
    },
    async handle({ query: parameters, caller, locale }, { db, env }) {
      const query = statisticsQuery(parameters, caller, env);
      const [rows, names] = await Promise.all([readStatistics(db, query), readDimensionNames(db)]);
      const { measure, by, from, to, timeZone } = query;
      return ok({
        ...{ measure, label: measures[measure].label[locale], from, to, timeZone },
        dimensions: by.map((name) => ({ name, label: dimensionLabels[name][locale] })),
        figures: figuresOf(measure, by).map((name) => ({ name, label: figureLabels[name]![locale] })),
        rows: rows.map(({ key, values }) => ({
          ...{ key, values },
          labels: Object.fromEntries(
            Object.entries(key).map(([name, code]) => [name, names.of(name as Dimension, code, locale)]),
          ),
        })),
      });
    },
  }),
  route({
    method: 'get',
    path: '/statistics/hints',
    tag,
    summary: { zh: '优化提示:规则、数据与依据', en: 'Optimisation hints: rule, figures and evidence' },
    who: staffWith(['supervisor', 'team-leader', 'auditor', 'administrator']),
    query: z.strictObject({ to: z.iso.date() }),
    answers: { 200: z.strictObject({ periodDays: z.number().int(), hints: z.array(hintSchema) }) },
    async handle({ query: { to }, locale }, { db, env }) {
      const [hints, directory] = await Promise.all([
        readHints(db, { to, timeZone: env.DUBAN_TIME_ZONE }),
        directoryOf(db),
      ]);
      return ok({ periodDays: hintRules.periodDays, hints: hints.map((hint) => hintView(hint, directory, locale)) });
    },
  }),
];
