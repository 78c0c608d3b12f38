import { type ExportFormat, type ExportKind, type Role, deskRoles, exportFormats, processes } from '@duban/contracts';
import { idSchema } from '@duban/contracts/schemas';
import { z } from 'zod';
import type { ApiEnvironment } from '../environment';
import { problems } from '../http/problems';
import type { Caller } from '../http/route';
import { instant, number } from '../http/schemas';
import { reviewers, seesDrafts } from '../knowledge/articles';
import { mayPublish } from '../routes/announcements';
import { assertRoster } from '../routes/duty';
import { listSchema } from '../tickets/list';
import { grantsOf } from '../tickets/visibility';
import { qualityQuery, qualityStatisticsSchema, revisitFiguresSchema } from './care-query';
import { statisticsQuery, statisticsReaders, statisticsSchema } from './query';

const format = z.enum(exportFormats).default('xlsx');
const day = z.iso.date();
const none = z.strictObject({}).default({});

/** Lists that administrators keep: had whole. */
const settings = [
  ...(['departments', 'groups', 'skills', 'categories', 'customer-classes', 'shift-patterns'] as const),
  ...(['policies', 'policy-drafts', 'calendars', 'tone-phrases', 'tone-rules'] as const),
  ...(['retention-rules', 'tokens', 'webhooks'] as const),
  ...(['fault-scopes', 'fault-summaries'] as const),
  ...(['service-kinds', 'after-sales-rules'] as const),
  ...(['questionnaires', 'revisit-plans', 'quality-forms', 'quality-rules'] as const),
] as const;

/** What may be had as a file, each with the parameters of its own list (G15). */
export const exportRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ kind: z.literal('tickets'), format },
    query: listSchema.omit({ cursor: true, limit: true }).prefault({}),
  }),
  z.strictObject({ kind: z.literal('statistics'), format, query: statisticsSchema }),
  z.strictObject({ kind: z.literal('daily-report'), format, query: z.strictObject({ from: day, to: day }) }),
  z.strictObject({ kind: z.literal('customers'), format, query: none }),
  z.strictObject({
    ...{ kind: z.literal('problems'), format },
    query: z
      .strictObject({
        state: z.enum(['proposed', 'open', 'settled']).optional(),
        category: idSchema.optional(),
        stage: idSchema.optional(),
        owner: idSchema.optional(),
      })
      .prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('measures'), format },
    query: z.strictObject({ owner: idSchema.optional(), open: z.boolean().optional() }).prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('audit'), format },
    query: z.strictObject({ object: idSchema.optional(), actor: idSchema.optional() }).prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('calls'), format },
    query: z
      .strictObject({
        agent: idSchema.optional(),
        customer: idSchema.optional(),
        ticket: number.optional(),
        direction: z.enum(['inbound', 'outbound']).optional(),
        missed: z.boolean().optional(),
        from: instant.optional(),
        to: instant.optional(),
      })
      .prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('conversations'), format },
    query: z
      .strictObject({
        status: z.enum(['waiting', 'open', 'closed']).optional(),
        channel: z.enum(['chat', 'email', 'sms']).optional(),
        agent: idSchema.optional(),
        customer: idSchema.optional(),
        ticket: number.optional(),
      })
      .prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('deliveries'), format },
    query: z
      .strictObject({
        state: z.enum(['pending', 'sending', 'sent', 'failed', 'unknown']).optional(),
        ticket: number.optional(),
      })
      .prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('articles'), format },
    query: z
      .strictObject({
        status: z.enum(['draft', 'review', 'published', 'retired']).optional(),
        category: idSchema.optional(),
        owner: idSchema.optional(),
        kind: z.enum(['article', 'case']).optional(),
        dueBy: day.optional(),
      })
      .prefault({}),
  }),
  z.strictObject({ kind: z.literal('staff'), format, query: none }),
  z.strictObject({
    ...{ kind: z.literal('archive'), format },
    query: z
      .strictObject({
        number: number.optional(),
        customer: idSchema.optional(),
        process: z.enum(processes).optional(),
        q: z.string().trim().min(1).max(100).optional(),
        from: instant.optional(),
        to: instant.optional(),
        held: z.boolean().optional(),
      })
      .prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('webhook-deliveries'), format },
    query: z.strictObject({
      endpoint: idSchema,
      state: z.enum(['pending', 'sent', 'failed']).optional(),
      ticket: number.optional(),
    }),
  }),
  z.strictObject({
    ...{ kind: z.literal('shifts'), format },
    query: z.strictObject({ from: instant, to: instant, staff: idSchema.optional() }),
  }),
  z.strictObject({
    ...{ kind: z.literal('absences'), format },
    query: z.strictObject({ staff: idSchema.optional() }).prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('announcements'), format },
    query: z.strictObject({ past: z.boolean().default(false), all: z.boolean().default(false) }).prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('knowledge-proposals'), format },
    query: z
      .strictObject({
        state: z.enum(['open', 'accepted', 'declined']).optional(),
        kind: z.enum(['idea', 'answer', 'case']).optional(),
      })
      .prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('purges'), format },
    query: z.strictObject({ ticket: number.optional() }).prefault({}),
  }),
  z.strictObject({
    ...{ kind: z.literal('service-slots'), format },
    query: z.strictObject({ service: idSchema, from: instant.optional() }),
  }),
  z.strictObject({
    ...{ kind: z.literal('after-sales-statistics'), format },
    query: z.strictObject({ from: day, to: day }),
  }),
  z.strictObject({ kind: z.literal('revisit-statistics'), format, query: revisitFiguresSchema }),
  z.strictObject({ kind: z.literal('quality-statistics'), format, query: qualityStatisticsSchema }),
  z.strictObject({
    ...{ kind: z.literal('fault-announcements'), format },
    query: z
      .strictObject({ open: z.boolean().default(false), area: idSchema.optional(), service: idSchema.optional() })
      .prefault({}),
  }),
  z.strictObject({
    kind: z.enum(settings),
    ...{ format, query: none },
  }),
]);
export type ExportRequest = z.output<typeof exportRequestSchema>;

const reporters: readonly Role[] = ['supervisor', 'team-leader', 'auditor', 'administrator'];
/** Who may have a list as a file is who may read it; tickets are cut to what the caller can see. */
const readers: Record<ExportKind, readonly Role[] | 'any'> = {
  tickets: 'any',
  statistics: statisticsReaders.kind === 'staff' ? statisticsReaders.roles : [],
  'daily-report': reporters,
  // A whole customer base leaves the house: fewer than may look one up.
  customers: ['supervisor', 'auditor'],
  problems: [...deskRoles, 'auditor', 'department-head', 'knowledge-editor'],
  measures: [...deskRoles, 'auditor', 'department-head', 'knowledge-editor'],
  audit: ['auditor', 'administrator'],
  calls: [...deskRoles, 'auditor'],
  conversations: [...deskRoles, 'auditor'],
  deliveries: ['supervisor', 'auditor'],
  articles: 'any',
  staff: 'any',
  archive: ['supervisor', 'auditor'],
  'webhook-deliveries': ['administrator'],
  departments: 'any',
  groups: 'any',
  skills: 'any',
  categories: 'any',
  'customer-classes': 'any',
  shifts: [...deskRoles, 'administrator'],
  'shift-patterns': [...deskRoles, 'administrator'],
  // Why somebody is away is for who plans.
  absences: ['supervisor', 'team-leader'],
  policies: 'any',
  'policy-drafts': ['administrator'],
  calendars: 'any',
  'tone-phrases': 'any',
  'tone-rules': 'any',
  announcements: 'any',
  'knowledge-proposals': reviewers,
  'retention-rules': ['supervisor', 'auditor', 'administrator'],
  purges: ['supervisor', 'auditor', 'administrator'],
  tokens: ['administrator'],
  webhooks: ['administrator'],
  'fault-announcements': 'any',
  'fault-scopes': 'any',
  'fault-summaries': 'any',
  'revisit-statistics': [...reporters, 'revisit-group'],
  'quality-statistics': reporters,
  questionnaires: 'any',
  'revisit-plans': 'any',
  'quality-forms': 'any',
  'quality-rules': reporters,
  'service-kinds': 'any',
  'service-slots': [...deskRoles, 'administrator'],
  'after-sales-rules': 'any',
  'after-sales-statistics': [...deskRoles, 'auditor', 'administrator'],
};

/** The export as it is written down: with the caller's own sight, so that who makes it need not know the caller. */
export function requestedExport(
  request: ExportRequest,
  caller: Caller,
  env: ApiEnvironment,
): { kind: ExportKind; format: ExportFormat; query: Record<string, unknown>; grants: unknown[] } {
  const allowed = readers[request.kind];
  if (allowed !== 'any' && !allowed.some((role) => caller.actor.roles.includes(role))) throw problems.forbidden();
  const { kind, format } = request;
  const timeZone = env.DUBAN_TIME_ZONE;
  const plain = (query: object) => JSON.parse(JSON.stringify({ ...query, timeZone })) as Record<string, unknown>;
  if (request.kind === 'statistics')
    return { kind, format, query: plain(statisticsQuery(request.query, caller, env)), grants: [] };
  if (request.kind === 'quality-statistics')
    return { kind, format, query: plain(qualityQuery(request.query, timeZone)), grants: [] };
  if (request.kind === 'articles')
    return { kind, format, query: plain({ ...request.query, publishedOnly: !seesDrafts(caller) }), grants: [] };
  if (request.kind === 'staff')
    return { kind, format, query: plain({ contacts: caller.actor.roles.includes('administrator') }), grants: [] };
  if (request.kind === 'shifts')
    assertRoster({ from: new Date(request.query.from), to: new Date(request.query.to) }, 'query.to');
  if (request.kind === 'announcements') {
    const { id, roles, departments } = caller.actor;
    const { past, all } = request.query;
    return {
      kind,
      format,
      query: plain({ reader: { id, roles, departments }, past, all: all && mayPublish(caller) }),
      grants: [],
    };
  }
  if (request.kind !== 'tickets') return { kind, format, query: plain(request.query), grants: [] };
  const { id: staff, departments } = caller.actor;
  return { kind, format, query: plain({ ...request.query, staff, departments }), grants: grantsOf(caller.actor) };
}
