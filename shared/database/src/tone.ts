import { and, asc, eq } from 'drizzle-orm';
import { CHINA } from './calendars';
import type { Executor } from './connection';
import { publicDays, tonePhrases, toneRules } from './schema';
import { shanghaiDay } from './serials';

export const phraseKinds = ['greeting', 'closing', 'soothing'] as const;
export const phraseDays = ['any', 'weekday', 'weekend', 'holiday', 'new-year'] as const;
export type PhraseDay = (typeof phraseDays)[number];
export type Phrase = typeof tonePhrases.$inferSelect;
export type ToneRule = typeof toneRules.$inferSelect;

export async function listPhrases(db: Executor): Promise<Phrase[]> {
  return db.select().from(tonePhrases).orderBy(asc(tonePhrases.kind), asc(tonePhrases.position), asc(tonePhrases.id));
}

/** Creates or changes. */
export async function putPhrase(db: Executor, { id, ...values }: Phrase): Promise<void> {
  await db
    .insert(tonePhrases)
    .values({ id, ...values })
    .onConflictDoUpdate({ target: tonePhrases.id, set: values });
}

export async function listToneRules(db: Executor): Promise<ToneRule[]> {
  return db.select().from(toneRules).orderBy(asc(toneRules.id));
}

/** Creates or changes. */
export async function putToneRule(db: Executor, { id, ...values }: ToneRule): Promise<void> {
  await db
    .insert(toneRules)
    .values({ id, ...values })
    .onConflictDoUpdate({ target: toneRules.id, set: values });
}

/** What kind of day it is in China, for a closing that fits: 周末愉快, 节日快乐, 新年快乐. */
export async function dayKindOf(db: Executor, at: Date): Promise<Exclude<PhraseDay, 'any'>> {
  const date = shanghaiDay(at).replace(/(....)(..)(..)/, '$1-$2-$3');
  const [known] = await db
    .select()
    .from(publicDays)
    .where(and(eq(publicDays.region, CHINA), eq(publicDays.date, date)));
  if (known) return known.open ? 'weekday' : /元旦|春节/.test(known.nameZh) ? 'new-year' : 'holiday';
  return [0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay()) ? 'weekend' : 'weekday';
}

/** Fills what is not there yet with the documents' words; what the administrator changed stays. */
export async function seedTone(db: Executor): Promise<void> {
  const phrases = seedPhrases.map(([id, kind, zh, en, more], position) => {
    return { id, kind, zh, en, position, ...more };
  });
  await db.insert(tonePhrases).values(phrases).onConflictDoNothing();
  const rules = seedRules.map(([id, words, replacements, reasonZh, reasonEn]) => {
    return { id, words, replacements, reasonZh, reasonEn };
  });
  await db.insert(toneRules).values(rules).onConflictDoNothing();
}

type Seed = [id: string, kind: string, zh: string, en: string, more?: { day?: PhraseDay; situation?: string }];
/** From documents 0 (soothing), 1 (greeting, soothing, limits) and 2 (greeting, closings). */
const seedPhrases: Seed[] = [
  ['greeting-number', 'greeting', '您好!{staff}号为您服务,请讲。', 'Hello, {staff} speaking. How can I help?'],
  [
    'greeting-centre',
    'greeting',
    '您好,这里是客户服务中心,我是客服代表{staff},很高兴为您服务,请问有什么可以帮您?',
    'Hello, this is the service centre, {staff} speaking. What can I do for you?',
  ],
  [
    'closing-weekday',
    'closing',
    '好的,祝您生活愉快。{customer},再见!',
    'All the best, {customer}. Goodbye!',
    { day: 'weekday' },
  ],
  [
    'closing-weekend',
    'closing',
    '好的,祝您周末愉快。{customer},再见!',
    'Have a good weekend, {customer}. Goodbye!',
    { day: 'weekend' },
  ],
  [
    'closing-holiday',
    'closing',
    '好的,祝您节日快乐。{customer},再见!',
    'Enjoy the holiday, {customer}. Goodbye!',
    { day: 'holiday' },
  ],
  [
    'closing-new-year',
    'closing',
    '好的,祝您新年快乐。{customer},再见!',
    'A happy new year, {customer}. Goodbye!',
    { day: 'new-year' },
  ],
  [
    'soothing-inconvenience',
    'soothing',
    '非常抱歉给您带来不便。',
    'I am sorry for the trouble this has caused you.',
    { situation: 'inconvenience' },
  ],
  [
    'soothing-complaint',
    'soothing',
    '我理解您的感受,我们会认真核实并给您答复。',
    'I understand how you feel; we look into it and will let you know.',
    { situation: 'complaint' },
  ],
  [
    'soothing-upset',
    'soothing',
    '非常理解您的心情,我会尽力帮您解决问题,请您慢慢说。',
    'I quite understand. I will do what I can; please take your time.',
    { situation: 'upset' },
  ],
  [
    'soothing-beyond-authority',
    'soothing',
    '您反馈的问题需要相关部门核实,我们会在2小时内给您回复,可以吗?',
    'A department has to look into this; may we call you back within two hours?',
    { situation: 'beyond-authority' },
  ],
  [
    'soothing-waiting',
    'soothing',
    '请稍等,我为您核实。',
    'One moment, I check that for you.',
    { situation: 'waiting' },
  ],
];

type Rule = [id: string, words: string, replacements: string[], reasonZh: string, reasonEn: string];
const negative = ['否定用语会让客户感到被推诿', 'Leaves the customer alone with the question'] as const;
const colloquial = ['避免口语化用词', 'Too colloquial'] as const;
const vague = ['承诺应具体,避免模糊表述', 'A promise names a time'] as const;
const inTime = ['我们会在{时限}内给您回复', '预计{时间}前给您答复'];
const seedRules: Rule[] = [
  ['not-know', '不知道', ['我帮您查询一下'], ...negative],
  ['not-clear', '不清楚', ['请稍等,我为您核实'], ...negative],
  ['colloquial-wei', '喂', ['您好'], ...colloquial],
  ['colloquial-oh', '哦', ['好的'], ...colloquial],
  ['vague-soon', '尽快*处理', inTime, ...vague],
  ['vague-soon-reply', '尽快*回复', inTime, ...vague],
];
