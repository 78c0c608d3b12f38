import { staffMessage, staffTexts } from '@duban/activities';
import type { Template } from '@duban/contracts';

const data = {
  clock: 'acknowledge',
  limitMs: 2 * 3_600_000,
  dueAt: Date.UTC(2026, 0, 31, 6, 5),
  late: 'TECH',
  stage: 'cooperating',
  department: 'TECH',
  priority: 'P1',
  urges: 3,
  grade: 'dissatisfied',
  decision: 'approved',
  lead: 'CS010',
};
const names = new Map([['TECH', { zh: '技术部', en: 'Engineering' }]]);
const context = { ticket: '20260131000042', data, names, timeZone: 'Asia/Shanghai' };

test.each(['clock-warning', 'clock-breached', 'clock-escalated'] as const)(
  'G13: %s names the ticket, the clock, the limit and who is late, in both languages',
  (template) => {
    const zh = staffMessage(template, { ...context, locale: 'zh' });
    const en = staffMessage(template, { ...context, locale: 'en' });
    for (const part of ['20260131000042', '部门确认', '2 小时', '技术部', '2026-01-31 14:05']) {
      expect(zh.text).toContain(part);
      expect(zh.sms).toContain(part);
    }
    for (const part of ['20260131000042', 'Acknowledgement', '2 h', 'Engineering', '2026-01-31 14:05']) {
      expect(en.text).toContain(part);
      expect(en.sms).toContain(part);
    }
  },
);

test.each(Object.keys(staffTexts) as Template[])(
  'every template speaks both languages with nothing left open: %s',
  (template) => {
    for (const locale of ['zh', 'en'] as const)
      for (const given of [data, {}]) {
        const { title, text, sms } = staffMessage(template, { ...context, data: given, locale });
        for (const part of [title, text, sms]) {
          expect(part.length).toBeGreaterThan(3);
          expect(part).not.toMatch(/[{}]|undefined|NaN/);
        }
        expect(`${title}${text}`).toContain('20260131000042');
        expect(/\p{Script=Han}/u.test(text)).toBe(locale === 'zh' || text.includes('技术部'));
      }
  },
);

test.each([
  [{ late: 'CS007' }, '责任方 CS007'],
  [{ late: 'supervisor' }, '责任方 主管'],
  [{ late: 'committee' }, '责任方 升级管理委员会委员'],
  [{ late: 'team-leader', limitMs: 10 * 60_000 }, '时限 10 分钟'],
  [{ limitMs: 24 * 3_600_000 }, '时限 24 小时'],
  [{ limitMs: 72 * 3_600_000 }, '时限 3 天'],
  [{ limitMs: 90 * 60_000 }, '时限 1 小时 30 分钟'],
  [{ limitMs: 4_000 }, '时限 4 秒'],
])('G13: %j is spoken as %s', (more, words) => {
  expect(staffMessage('clock-breached', { ...context, data: { ...data, ...more }, locale: 'zh' }).text).toContain(
    words,
  );
});
