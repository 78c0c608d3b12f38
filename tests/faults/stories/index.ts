import { complaints } from './complaints';
import { type Story, consultations } from './consultations';
import { escalations } from './escalations';

export type { Story } from './consultations';

/** Of ten tickets six are consultations, two complaints, two escalations; the i-th is always the same story. */
export function storyOf(i: number): Story {
  const [tens, unit] = [Math.floor(i / 10), i % 10];
  const pick = (stories: Story[], n: number) => stories[n % stories.length]!;
  if (unit === 3 || unit === 7) return pick(complaints, tens * 2 + (unit === 7 ? 1 : 0));
  if (unit === 5 || unit === 9) return pick(escalations, tens * 2 + (unit === 9 ? 1 : 0));
  return pick(consultations, tens * 6 + [0, 1, 2, 4, 6, 8].indexOf(unit));
}
