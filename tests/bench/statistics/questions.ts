import { type Dimension, type Measure, dimensions, measureNames, timeDimensions } from '@duban/contracts';

/** A statistic as the API is asked for it, without its period. */
export interface Question extends Record<string, string> {
  measure: Measure;
  by: string;
}

const of = (measure: Measure, by: Dimension[] = [], filter: Record<string, string> = {}): Question => ({
  ...filter,
  ...{ measure, by: by.join() },
});

/** Each measure by nothing, by each dimension, by two of them, and by three with the most groups. */
export const questions: readonly Question[] = measureNames.flatMap((measure) => [
  of(measure),
  ...dimensions.filter((name) => name !== 'clock' || measure === 'timeliness').map((name) => of(measure, [name])),
  ...timeDimensions.map((time) => of(measure, [time, 'category'])),
  of(measure, ['category', 'handler']),
  of(measure, ['day', 'category', 'handler']),
  ...(measure === 'timeliness' ? [of(measure, ['day', 'clock']), of(measure, ['day', 'category', 'clock'])] : []),
]);

/** Each measure of some tickets only. */
export const filtered: readonly Question[] = measureNames.flatMap((measure) => [
  of(measure, [], { process: 'complaint' }),
  of(measure, ['month'], { category: 'account', priority: 'P2' }),
  of(measure, ['week', 'group'], { handler: 'CS003' }),
]);

/** How people and logs call it. */
export function nameOf({ measure, by, ...filter }: Question): string {
  const only = Object.entries(filter).map(([name, value]) => `${name}=${value}`);
  return [measure, by && `by ${by}`, only.length > 0 && `of ${only.join(' ')}`].filter(Boolean).join(' ');
}
