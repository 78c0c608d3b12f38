import type { Weekday } from '../types';

/**
 * Public holidays of 2026 in mainland China (weekends within them included) and the weekend days worked in exchange
 * (调休). Source: npm package chinese-days 1.5.7 (MIT), which follows the State Council's yearly notice. The notice
 * for 2027 was not in it: a new policy version adds it when it is published.
 */
export const holidays2026: readonly string[] = [
  // 元旦
  '2026-01-01',
  '2026-01-02',
  '2026-01-03',
  // 春节
  '2026-02-15',
  '2026-02-16',
  '2026-02-17',
  '2026-02-18',
  '2026-02-19',
  '2026-02-20',
  '2026-02-21',
  '2026-02-22',
  '2026-02-23',
  // 清明
  '2026-04-04',
  '2026-04-05',
  '2026-04-06',
  // 劳动节
  '2026-05-01',
  '2026-05-02',
  '2026-05-03',
  '2026-05-04',
  '2026-05-05',
  // 端午
  '2026-06-19',
  '2026-06-20',
  '2026-06-21',
  // 中秋
  '2026-09-25',
  '2026-09-26',
  '2026-09-27',
  // 国庆节
  '2026-10-01',
  '2026-10-02',
  '2026-10-03',
  '2026-10-04',
  '2026-10-05',
  '2026-10-06',
  '2026-10-07',
];

/** Make-up working days of 2026 and the weekday whose windows they have. */
export const makeUpDays2026: Readonly<Record<string, Weekday>> = {
  '2026-01-04': 'mon', // 元旦
  '2026-02-14': 'mon', // 春节
  '2026-02-28': 'mon', // 春节
  '2026-05-09': 'mon', // 劳动节
  '2026-09-20': 'mon', // 国庆节
  '2026-10-10': 'mon', // 国庆节
};
