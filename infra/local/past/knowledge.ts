import {
  type Db,
  type Transaction,
  addMeasure,
  createArticle,
  createProblem,
  linkProblemTickets,
  moveDraft,
  publishAnnouncement,
  publishArticle,
  readAnnouncement,
  retireArticle,
  schema,
  setProblemArticles,
  updateMeasure,
} from '@duban/database';
import { and, desc, eq } from 'drizzle-orm';
import { demoArticles } from './articles';
import { DAY_MS } from './stories';

const EDITOR = 'KE001';
const REVIEWER = 'SV001';

interface DemoProblem {
  category: string;
  title: string;
  stage: string | null;
  owner: string;
  description: string;
  causes: string;
  /** Titles. */
  articles: string[];
  measures: Array<{ owner: string; text: string; dueInDays: number; result?: string }>;
}

/** What the demo centre knows: articles in every state, announcements, and a problem library with measures. */
export async function seedKnowledge(db: Db, now = Date.now()): Promise<void> {
  await db.transaction(async (tx) => {
    const ids = await articles(tx, now);
    await announcements(tx, ids, now);
    await problemLibrary(tx, ids, now);
  });
}

/** Title → id. */
async function articles(tx: Transaction, now: number): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const [n, { status, ...text }] of demoArticles.entries()) {
    // The second is to be looked at again already.
    const reviewOn = new Date(now + (n === 1 ? -3 : 90 + 10 * n) * DAY_MS).toISOString().slice(0, 10);
    const { article } = await createArticle(tx, {
      ...{ ...text, key: `demo:article:${n}`, author: EDITOR, owner: EDITOR, reviewOn },
    });
    ids.set(text.title, article.id);
    if (status === 'draft') continue;
    const inReview = await moveDraft(tx, article, { status: 'review' });
    if (status === 'review') continue;
    await publishArticle(tx, inReview, REVIEWER);
    if (status === 'retired') await retireArticle(tx, article.id);
  }
  return ids;
}

async function announcements(tx: Transaction, articles: Map<string, string>, now: number): Promise<void> {
  const all = [
    {
      ...{ id: 'demo:fault', title: '今晚系统维护通知', roles: [], departments: [] },
      body: '今晚 23:00 至次日 1:00 订单系统维护,其间无法查询物流。请向来电客户说明,并登记回拨。',
      ...{ article: articles.get('系统故障期间的应答口径')!, publishedBy: 'DM001', validForDays: 2 },
    },
    {
      ...{
        id: 'demo:safety',
        title: '近期盗号来电增多,请严格核验身份',
        roles: ['agent', 'team-leader'],
        departments: [],
      },
      body: '本周已收到 6 起冒充本人要求改绑手机的来电。凡涉及改绑、解冻,一律按知识条目核验身份,不得省略。',
      ...{ article: articles.get('账户被盗的紧急处理')!, publishedBy: REVIEWER, validForDays: 30 },
    },
    {
      ...{ id: 'demo:help', title: '协作请求请在期限内答复', roles: [], departments: ['TECH', 'LOG', 'FIN'] },
      body: '上周部门协作平均答复用时 9 小时,超时 4 件。请各部门联系人每日 10:00、16:00 查看协作清单。',
      ...{ article: null, publishedBy: REVIEWER, validForDays: null },
    },
  ];
  for (const { validForDays, ...values } of all) {
    const validUntil = validForDays === null ? null : new Date(now + validForDays * DAY_MS);
    await publishAnnouncement(tx, { ...values, validUntil });
  }
  for (const reader of ['CS001', 'CS002', 'TL001']) await readAnnouncement(tx, 'demo:safety', reader);
}

async function problemLibrary(tx: Transaction, articles: Map<string, string>, now: number): Promise<void> {
  const problems: DemoProblem[] = [
    {
      ...{ category: 'delivery', title: '节后配送集中延误', stage: 'investigating', owner: 'WD002' },
      description: '节假日后一周内配送投诉明显增多,多为市区次日达未达。',
      causes: '仓库排班未按订单量调整;承运方运力不足时没有备选线路。',
      articles: ['订单迟迟不发货', '物流显示已签收但未收到货'],
      measures: [
        { owner: 'WD002', text: '按上年同期订单量提前一周编制节后排班表', dueInDays: 14 },
        { owner: 'WD001', text: '与第二承运方签订备用运力协议', dueInDays: -2 },
      ],
    },
    {
      ...{ category: 'quality', title: '同一批次电池续航不足', stage: 'rectifying', owner: 'TD002' },
      description: '九月批次产品使用两个月后续航下降过半,客户要求换新。',
      causes: '来料抽检未覆盖循环寿命;该批次电芯更换了供应商。',
      articles: ['产品质量投诉的受理要点', '保修范围与维修流程'],
      measures: [
        { owner: 'TD002', text: '来料检验增加 50 次循环抽测', dueInDays: -10, result: '已写入检验规程并执行' },
      ],
    },
    {
      ...{ category: 'attitude', title: '高峰时段客服语速快、打断客户', stage: null, owner: 'TL001' },
      description: '投诉集中在 10:00–11:30 与 15:00–16:30 的来电高峰。',
      causes: '高峰时段坐席不足,平均排队 6 人;质检未覆盖高峰录音。',
      articles: ['服务态度投诉的沟通要点'],
      measures: [{ owner: 'TL001', text: '高峰时段质检抽样比例提高到 10%', dueInDays: 7 }],
    },
  ];
  for (const { articles: helpful, measures, ...values } of problems) {
    const problem = await createProblem(tx, { ...values, state: 'open', createdBy: REVIEWER });
    if (!problem) continue;
    const { number, process, category, createdAt } = schema.tickets;
    const complaints = await tx
      .select({ number })
      .from(schema.tickets)
      .where(and(eq(process, 'complaint'), eq(category, values.category)))
      .orderBy(desc(createdAt))
      .limit(12);
    await linkProblemTickets(
      tx,
      problem.id,
      complaints.map((one) => one.number),
    );
    await setProblemArticles(
      tx,
      problem.id,
      helpful.map((title) => articles.get(title)!),
    );
    for (const { dueInDays, result, ...plan } of measures) {
      const dueAt = new Date(now + dueInDays * DAY_MS);
      const measure = await addMeasure(tx, { ...plan, problem: problem.id, dueAt, week: null });
      if (result) await updateMeasure(tx, measure.id, measure.revision, { state: 'done', result });
    }
  }
}
