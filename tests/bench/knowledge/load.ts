import { type Database, bigrams } from '@duban/database';
import type { Log } from '@duban/infra/local/processes';
import { type Value, copy } from '../copy';

/** Always the same numbers, so that two runs search the same articles. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const words = (text: string) => text.split(' ');
const things = words(
  '路由器 机顶盒 宽带 手机银行 会员账户 电子发票 订单 优惠券 物流 退款 积分 套餐 合同 密码 验证码 摄像头 空调 洗衣机 充电桩 门禁卡',
);
const troubles = words(
  '无法登录 支付异常 显示错误 申请失败 长时间未到账 信号不稳定 自动重启 无法绑定 扣费有误 收不到短信 无法开机 提示系统繁忙 重复扣款 过期失效',
);
const asks = words('怎么办 如何处理 的处理方法 常见原因 操作指南 注意事项 说明 的解决步骤');
/** Characters that fill the sentences, the first ones far more often than the last, as in any language. */
const characters =
  '的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严';

/** An article of a few hundred characters; its number decides what it is about. */
export function articleText(i: number) {
  const random = randomOf(i + 1);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  const sentence = () =>
    Array.from(
      { length: 8 + Math.floor(random() * 14) },
      () => characters[Math.floor(random() ** 3 * characters.length)],
    ).join('');
  const title = `${pick(things)}${pick(troubles)}${pick(asks)}`;
  const parts = Array.from({ length: 12 + Math.floor(random() * 16) }, () =>
    random() < 0.15 ? `${pick(things)}${pick(troubles)}时,${sentence()}` : sentence(),
  );
  return { title, body: `${parts.join('。')}。` };
}

/** A tsvector as PostgreSQL writes it: the title's words with weight A, the body's without. */
function vector(title: string, body: string): string {
  const places = new Map<string, string>();
  bigrams(title)
    .split(' ')
    .forEach((token, i) => places.set(token, `${i + 1}A`));
  bigrams(body)
    .split(' ')
    .forEach((token, i) => {
      const place = String(Math.min(i + 1, 16_000));
      places.set(token, places.has(token) ? `${places.get(token)},${place}` : place);
    });
  return [...places]
    .filter(([token]) => token !== '')
    .map(([token, place]) => `'${token}':${place}`)
    .join(' ');
}

/** Loads published articles of one version each; indexes are there from the beginning, and cleaned up afterwards. */
export async function loadArticles(
  { sql }: Database,
  load: { articles: number; owner: string; log: Log },
): Promise<void> {
  const { articles, owner, log } = load;
  log(`loading ${articles} articles`);
  const idOf = (i: number) => `KB${String(i + 1).padStart(6, '0')}`;
  const dropped = ['articles_title_search', 'articles_search'];
  const kept = await sql<Array<{ definition: string }>>`
    select indexdef as definition from pg_indexes where indexname in ${sql(dropped)}`;
  for (const name of dropped) await sql`drop index ${sql(name)}`;
  await copy(
    sql,
    'articles',
    ['id', 'key', 'status', 'published_version', 'owner', 'created_by', 'used', 'helped', 'title_search', 'search'],
    articles,
    (i): Value[] => {
      const { title, body } = articleText(i);
      const id = idOf(i);
      return [id, id, 'published', 1, owner, owner, i % 50, i % 7, vector(title, ''), vector(title, body)];
    },
  );
  await copy(
    sql,
    'article_versions',
    ['article', 'version', 'title', 'body', 'author', 'published_at'],
    articles,
    (i): Value[] => {
      const { title, body } = articleText(i);
      return [idOf(i), 1, title, body, owner, new Date()];
    },
  );
  log('making the search indexes, vacuum and analyze');
  await sql`set maintenance_work_mem = '512MB'`;
  for (const { definition } of kept) await sql.unsafe(definition);
  await sql`vacuum (analyze) articles`;
  await sql`vacuum (analyze) article_versions`;
  await sql`checkpoint`;
}

/** What people type: words, phrases, whole titles, parts of sentences, one character, and what no article holds. */
export function questionOf(i: number, articles: number): string {
  const random = randomOf(i * 7919 + 13);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!;
  const { title, body } = articleText(Math.floor(random() * articles));
  switch (i % 8) {
    case 0:
      return pick(things);
    case 1:
      return pick(troubles);
    case 2:
      return `${pick(things)}${pick(troubles)}`;
    case 3:
      return `${pick(things)} ${pick(asks)}`;
    case 4:
      return title;
    case 5:
      return body.slice(20, 24 + Math.floor(random() * 6));
    case 6:
      return characters[Math.floor(random() * 200)]!;
    default:
      return `${pick(things)}鲲鹏展翅`;
  }
}
