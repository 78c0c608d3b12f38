import type { PublicDay } from '../../shared/policy/src/compile';

/**
 * 国务院办公厅关于节假日安排的通知, written down by hand: each holiday's first and last day, and the weekend days worked
 * in exchange (调休上班). What the library says is held against this.
 */
export interface Arrangement {
  name: string;
  from: string;
  to: string;
  work: string[];
}
export const arrangements: Record<number, Arrangement[]> = {
  2024: [
    { name: '元旦', from: '2024-01-01', to: '2024-01-01', work: [] },
    { name: '春节', from: '2024-02-10', to: '2024-02-17', work: ['2024-02-04', '2024-02-18'] },
    { name: '清明节', from: '2024-04-04', to: '2024-04-06', work: ['2024-04-07'] },
    { name: '劳动节', from: '2024-05-01', to: '2024-05-05', work: ['2024-04-28', '2024-05-11'] },
    { name: '端午节', from: '2024-06-10', to: '2024-06-10', work: [] },
    { name: '中秋节', from: '2024-09-15', to: '2024-09-17', work: ['2024-09-14'] },
    { name: '国庆节', from: '2024-10-01', to: '2024-10-07', work: ['2024-09-29', '2024-10-12'] },
  ],
  2025: [
    { name: '元旦', from: '2025-01-01', to: '2025-01-01', work: [] },
    { name: '春节', from: '2025-01-28', to: '2025-02-04', work: ['2025-01-26', '2025-02-08'] },
    { name: '清明节', from: '2025-04-04', to: '2025-04-06', work: [] },
    { name: '劳动节', from: '2025-05-01', to: '2025-05-05', work: ['2025-04-27'] },
    { name: '端午节', from: '2025-05-31', to: '2025-06-02', work: [] },
    { name: '国庆节、中秋节', from: '2025-10-01', to: '2025-10-08', work: ['2025-09-28', '2025-10-11'] },
  ],
  2026: [
    { name: '元旦', from: '2026-01-01', to: '2026-01-03', work: ['2026-01-04'] },
    { name: '春节', from: '2026-02-15', to: '2026-02-23', work: ['2026-02-14', '2026-02-28'] },
    { name: '清明节', from: '2026-04-04', to: '2026-04-06', work: [] },
    { name: '劳动节', from: '2026-05-01', to: '2026-05-05', work: ['2026-05-09'] },
    { name: '端午节', from: '2026-06-19', to: '2026-06-21', work: [] },
    { name: '中秋节', from: '2026-09-25', to: '2026-09-27', work: [] },
    { name: '国庆节', from: '2026-10-01', to: '2026-10-07', work: ['2026-09-20', '2026-10-10'] },
  ],
};

const DAY_MS = 86_400_000;

/** Every date from `from` to `to`, both included. */
export function datesOf(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS)
    dates.push(new Date(at).toISOString().slice(0, 10));
  return dates;
}

/** The days of a year as the policy takes them, in order. */
export function publicDaysOf(year: number): PublicDay[] {
  return (arrangements[year] ?? [])
    .flatMap(({ from, to, work }) => [
      ...datesOf(from, to).map((date) => ({ date, open: false })),
      ...work.map((date) => ({ date, open: true })),
    ])
    .sort((a, b) => (a.date < b.date ? -1 : 1));
}

/** Whether people work that day, by the arrangements and the weekday alone. */
export function isWorked(date: string): boolean {
  const year = arrangements[Number(date.slice(0, 4))] ?? [];
  if (year.some(({ work }) => work.includes(date))) return true;
  if (year.some(({ from, to }) => from <= date && date <= to)) return false;
  return ![0, 6].includes(new Date(`${date}T00:00Z`).getUTCDay());
}
