import { type QualityDimension, qualityDimensions } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import type { QualityQuery } from '@duban/database';
import { z } from 'zod';

const MAX_DAYS = 3_700;
const period = { from: z.iso.date(), to: z.iso.date() };
const inOrder = ({ from, to }: { from: string; to: string }) => {
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
  return days >= 0 && days <= MAX_DAYS;
};
const wrongEnd = { path: ['to'], message: 'malformed' };
const dimensionsOf = (by: string) => by.split(',').filter(Boolean) as QualityDimension[];

/** Parameters of the revisits' figures, in a query or in an export's body. */
export const revisitFiguresSchema = z.strictObject(period).refine(inOrder, wrongEnd);

/** Parameters of what quality checks found, in a query or in an export's body. */
export const qualityStatisticsSchema = z
  .strictObject({
    ...period,
    by: z
      .string()
      .max(60)
      .default('')
      .meta({ description: `Up to three of ${qualityDimensions.join(', ')}, with commas between them` }),
    agent: idSchema.optional(),
    group: idSchema.optional(),
  })
  .refine(inOrder, wrongEnd)
  .refine(
    ({ by }) => {
      const wanted = dimensionsOf(by);
      const known = wanted.every((dimension) => qualityDimensions.includes(dimension));
      return known && wanted.length <= 3 && new Set(wanted).size === wanted.length;
    },
    { path: ['by'], message: 'malformed' },
  );

/** The parameters as the database takes them. */
export const qualityQuery = (
  { by, ...rest }: z.output<typeof qualityStatisticsSchema>,
  timeZone: string,
): QualityQuery => ({ ...rest, by: dimensionsOf(by), timeZone });
