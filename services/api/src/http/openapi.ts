import { OpenAPIRegistry, OpenApiGeneratorV31, type ResponseConfig } from '@asteasolutions/zod-to-openapi';
import { type Label, partyLabels, roles } from '@duban/contracts';
import { z } from 'zod';
import { examples, withExamples } from './examples';
import { problemSchema } from './schemas';
import type { Route, Rule } from './route';

/** The OpenAPI 3.1 document of a route table, from the schemas that requests and answers are checked against. */
export function openApiDocument(table: readonly Route[], info: { version: string; url: string }) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'session', { type: 'apiKey', in: 'cookie', name: 'duban_session' });
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  for (const row of table) {
    registry.registerPath({
      method: row.method,
      path: `/api/v1${row.path.replace(/:(\w+)/g, '{$1}')}`,
      tags: [row.tag],
      summary: both(row.summary),
      description: whoMay(row.who),
      operationId: operationId(row),
      security: securityOf(row.who),
      request: {
        params: row.params as z.ZodObject | undefined,
        query: row.query as z.ZodObject | undefined,
        headers: row.headers as z.ZodObject | undefined,
        ...(row.body
          ? { body: { required: true, content: { 'application/json': { schema: bodySchema(row.body) } } } }
          : {}),
        ...(row.upload ? { body: { required: true, content: { [BYTES]: { schema: bytes } } } } : {}),
      },
      responses: responsesOf(row),
    });
  }
  const generator = new OpenApiGeneratorV31(registry.definitions, { sortComponents: 'alphabetically' });
  const document = generator.generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Duban 督办',
      version: info.version,
      description:
        '客户服务工单:每张工单都是一个持久的 Temporal 工作流。 Customer-service tickets, each a durable Temporal workflow.',
    },
    servers: [{ url: info.url }],
  });
  return withExamples(document, examples);
}

const BYTES = 'application/octet-stream';
const bytes = { type: 'string', format: 'binary' } as const;

const both = ({ zh, en }: Label) => `${zh} · ${en}`;

/** Titles (Chinese) and descriptions (English) of a step's fields survive only in JSON Schema as zod writes it. */
function bodySchema(schema: z.ZodType) {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return json as never;
}

function operationId({ method, path }: Route): string {
  const words = path.split(/[/:-]+/).filter(Boolean);
  return method + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}

function securityOf(rule: Rule): Array<Record<string, string[]>> {
  if (rule.kind === 'public') return [];
  return [{ session: [] }, ...(rule.scope ? [{ token: [rule.scope] }] : [])];
}

function whoMay(rule: Rule): string {
  if (rule.kind === 'public') return '公开 · public';
  const held = rule.roles === 'any' ? '全体员工 · all staff' : rule.roles.map((role) => both(roles[role])).join(', ');
  const parts = [rule.parties ? rule.parties.map((party) => both(partyLabels[party])).join(', ') : held];
  if (rule.scope) parts.push(`令牌 · token: ${rule.scope}`);
  return parts.join('; ');
}

function responsesOf(row: Route): Record<string, ResponseConfig> {
  const answers = Object.entries(row.answers).map(([status, schema]): [string, ResponseConfig] => [
    status,
    { description: statusText(Number(status)), ...(schema ? { content: contentOf(row, schema) } : {}) },
  ]);
  const problem: ResponseConfig = {
    description: '错误 · problem',
    content: { 'application/problem+json': { schema: problemSchema } },
  };
  return Object.fromEntries([...answers, ['default', problem]]);
}

function contentOf(row: Route, schema: z.ZodType): ResponseConfig['content'] {
  if (row.download) return { [BYTES]: { schema: bytes } };
  return { [row.stream ? 'text/event-stream' : 'application/json']: { schema } };
}

function statusText(status: number): string {
  return (
    { 200: '成功 · done', 201: '已创建 · created', 202: '已接受,稍后生效 · accepted', 204: '成功,无内容 · done' }[
      status
    ] ?? ''
  );
}
