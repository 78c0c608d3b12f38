import { Problem } from '@duban/platform';
import type { z } from 'zod';

/** One field that is wrong, before its text is in a language. */
export interface FieldError {
  field: string;
  code: FieldCode;
  detail?: Record<string, string | number>;
}

const fieldTexts = {
  required: { zh: '必填', en: 'is required' },
  malformed: { zh: '格式或取值不正确', en: 'has a wrong format or value' },
  'unknown-field': { zh: '没有此字段', en: 'is not a field here' },
  'too-long': { zh: '过长,最多 {max}', en: 'is too long; at most {max}' },
  'too-short': { zh: '过短,至少 {min}', en: 'is too short; at least {min}' },
  'not-allowed': { zh: '只能是:{values}', en: 'must be one of: {values}' },
  repeated: { zh: '有重复项', en: 'holds the same value twice' },
  phone: { zh: '不是有效的手机或固定电话号码', en: 'is not a valid mobile or landline number' },
  email: { zh: '不是有效的电子邮箱', en: 'is not a valid e-mail address' },
  instant: { zh: '须为带时区的 ISO 8601 时间', en: 'must be an ISO 8601 time with a zone' },
  'in-the-past': { zh: '时间已过去', en: 'lies in the past' },
  'unknown-id': { zh: '不存在或不可用', en: 'does not exist or cannot be used' },
  'wrong-process': { zh: '与工单流程不符', en: 'does not fit the process' },
  overlaps: { zh: '与该员工的另一班次重叠', en: 'overlaps another shift of the same person' },
  'not-after': { zh: '须晚于开始时间', en: 'must be after the beginning' },
  'webhook-url': {
    zh: '须为 https 地址,且不指向内部网络',
    en: 'must be an https address outside private networks',
  },
  taken: { zh: '已被使用', en: 'is taken' },
  password: { zh: '不能包含工号,也不能与原密码相同', en: 'must neither hold the staff number nor be the old one' },
} as const;
export type FieldCode = keyof typeof fieldTexts;

function fill(text: string, detail: Record<string, string | number> = {}): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(detail[name] ?? ''));
}

/** A Problem whose `errors` speak each caller's language. */
class FieldsProblem extends Problem {
  constructor(
    status: number,
    readonly fields: FieldError[],
  ) {
    super(status, 'invalid-fields', { zh: '请求中有字段不正确', en: 'Some fields of the request are wrong' });
  }

  override toJSON(locale: 'zh' | 'en', traceId: string) {
    const errors = this.fields.map(({ field, code, detail }) => ({
      field,
      code,
      message: fill(fieldTexts[code][locale], detail),
    }));
    return { ...super.toJSON(locale, traceId), errors };
  }
}

export function invalidFields(fields: FieldError[], status = 422): Problem {
  return new FieldsProblem(status, fields);
}

/** zod's issues field by field; the input must have been parsed with `reportInput`. */
export function invalidInput(error: z.ZodError, status = 422): Problem {
  const fields = error.issues.flatMap((issue) => fieldErrors(issue as Issue, []));
  const seen = new Set<string>();
  return invalidFields(
    fields.filter(({ field, code }) => !seen.has(`${field} ${code}`) && seen.add(`${field} ${code}`)),
    status,
  );
}

type Issue = z.core.$ZodIssue;

function fieldErrors(issue: Issue, base: PropertyKey[]): FieldError[] {
  const path = [...base, ...issue.path];
  const field = path.map(String).join('.');
  switch (issue.code) {
    case 'invalid_type':
      return [{ field, code: issue.input === undefined ? 'required' : 'malformed' }];
    case 'invalid_value':
      if (issue.input === undefined) return [{ field, code: 'required' }];
      return [{ field, code: 'not-allowed', detail: { values: issue.values.map(String).join(', ') } }];
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return [{ field, code: 'required' }];
      return [{ field, code: 'too-short', detail: { min: Number(issue.minimum) } }];
    case 'too_big':
      return [{ field, code: 'too-long', detail: { max: Number(issue.maximum) } }];
    case 'invalid_format':
      if (issue.format === 'email') return [{ field, code: 'email' }];
      return [{ field, code: issue.format === 'datetime' ? 'instant' : 'malformed' }];
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ field: [...path, key].map(String).join('.'), code: 'unknown-field' }));
    case 'invalid_union':
      return unionErrors(issue, path, field);
    case 'custom':
      return [{ field, code: Object.hasOwn(fieldTexts, issue.message) ? (issue.message as FieldCode) : 'malformed' }];
    default:
      return [{ field, code: 'malformed' }];
  }
}

/** Of a union's branches the one the caller most likely meant: fewest strange keys, then fewest complaints. */
function unionErrors(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: PropertyKey[],
  field: string,
): FieldError[] {
  if (issue.input === undefined) return [{ field, code: 'required' }];
  if (issue.errors.length === 0) {
    const given = (issue.input as Record<string, unknown> | null)?.[String(path.at(-1))];
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String).join(', ') : '';
    return [
      given === undefined ? { field, code: 'required' } : { field, code: 'not-allowed', detail: { values: options } },
    ];
  }
  const weight = (errors: Issue[]) =>
    errors.reduce(
      (sum, e) =>
        sum +
        (e.code === 'unrecognized_keys'
          ? 100 * e.keys.length
          : e.code === 'invalid_type' && e.path.length === 0
            ? 1000
            : 1),
      0,
    );
  const best = [...issue.errors].sort((a, b) => weight(a as Issue[]) - weight(b as Issue[]))[0] ?? [];
  return best.flatMap((inner) => fieldErrors(inner as Issue, path));
}

export const problems = {
  notFound: () => new Problem(404, 'not-found', { zh: '未找到', en: 'Not found' }),
  unauthenticated: () => new Problem(401, 'unauthenticated', { zh: '请先登录', en: 'Log in first' }),
  loginFailed: () =>
    new Problem(401, 'login-failed', { zh: '工号或密码不正确', en: 'Staff number or password is wrong' }),
  passwordExpired: () =>
    new Problem(403, 'password-expired', {
      zh: '初始密码已过期,请联系系统管理员重置',
      en: 'The initial password has expired; ask an administrator for a new one',
    }),
  passwordChangeRequired: () =>
    new Problem(403, 'password-change-required', {
      zh: '请先修改初始密码',
      en: 'Change the initial password first',
    }),
  forbidden: () => new Problem(403, 'forbidden', { zh: '没有权限', en: 'You may not do this' }),
  notYours: () =>
    new Problem(403, 'not-yours', { zh: '该操作应由其他人员执行', en: 'This is for somebody else to do' }),
  crossSite: () =>
    new Problem(403, 'cross-site', { zh: '拒绝来自其他站点的请求', en: 'Requests from another site are refused' }),
  tooMany: (retryAfterSeconds: number) =>
    new Problem(
      429,
      'too-many-attempts',
      { zh: '尝试次数过多,请稍后再试', en: 'Too many attempts; try again later' },
      { retryAfterSeconds },
    ),
  otherBody: () =>
    new Problem(422, 'idempotency-key-reused', {
      zh: '同一 Idempotency-Key 已用于不同内容的请求',
      en: 'This Idempotency-Key was used for a request with another body',
    }),
  revisionRequired: () =>
    new Problem(428, 'revision-required', {
      zh: '请在 If-Match 中给出所见工单的版本号',
      en: 'Say in If-Match which revision of the ticket you saw',
    }),
  notJson: () =>
    new Problem(415, 'not-json', { zh: '请求内容须为 application/json', en: 'The body must be application/json' }),
  notBytes: () =>
    new Problem(415, 'not-bytes', {
      zh: '文件须以 application/octet-stream 原样发送',
      en: 'A file is sent as it is, as application/octet-stream',
    }),
  cutOff: () => new Problem(400, 'cut-off', { zh: '上传中断', en: 'The upload was cut off' }),
  badJson: () => new Problem(400, 'bad-json', { zh: '请求内容不是有效的 JSON', en: 'The body is not valid JSON' }),
  tooLarge: () => new Problem(413, 'too-large', { zh: '请求内容过大', en: 'The body is too large' }),
  unknownAddress: () => new Problem(404, 'not-found', { zh: '没有此接口', en: 'There is no such address' }),
  conflict: (code: string, zh: string, en: string) => new Problem(409, code, { zh, en }),
  internal: () =>
    new Problem(500, 'internal', {
      zh: '系统内部错误,请凭跟踪号联系管理员',
      en: 'Something went wrong here; give the administrators the trace id',
    }),
};
