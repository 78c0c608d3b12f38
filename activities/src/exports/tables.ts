import type { ExportKind } from '@duban/contracts';
import type { Db, FileExport } from '@duban/database';
import type { Table } from './table';
import { calls, conversations, deliveries } from './tables/channels';
import * as business from './tables/business';
import * as care from './tables/care';
import * as faults from './tables/faults';
import { announcements, articles, knowledgeProposals, preventiveMeasures, problems } from './tables/knowledge';
import { audit, webhookDeliveries } from './tables/logs';
import * as organisation from './tables/organisation';
import { customers, staff } from './tables/people';
import * as rules from './tables/rules';
import type { Source } from './tables/source';
import { dailyReport, statistics } from './tables/statistics';
import { archive, tickets } from './tables/tickets';

/** The table that an export asks for: the very lists and statistics that routes show, with the asker's own sight. */
export function tableOf(db: Db, row: FileExport): Promise<Table> {
  return sources[row.kind as ExportKind](db, row);
}

const sources: Record<ExportKind, Source> = {
  tickets,
  statistics,
  'daily-report': dailyReport,
  customers,
  problems,
  measures: preventiveMeasures,
  audit,
  calls,
  conversations,
  deliveries,
  articles,
  staff,
  archive,
  'webhook-deliveries': webhookDeliveries,
  departments: organisation.departments,
  groups: organisation.groups,
  skills: organisation.skills,
  categories: organisation.categories,
  'customer-classes': organisation.customerClasses,
  shifts: organisation.shifts,
  'shift-patterns': organisation.shiftPatterns,
  absences: organisation.absences,
  policies: rules.policies,
  'policy-drafts': rules.policyDrafts,
  calendars: rules.calendars,
  'tone-phrases': rules.tonePhrases,
  'tone-rules': rules.toneRules,
  announcements,
  'knowledge-proposals': knowledgeProposals,
  'retention-rules': rules.retentionRules,
  purges: rules.purges,
  tokens: rules.tokens,
  webhooks: rules.webhooks,
  'fault-announcements': faults.faultAnnouncements,
  'fault-scopes': faults.faultScopes,
  'fault-summaries': faults.faultSummaries,
  'revisit-statistics': care.revisitStatistics,
  'quality-statistics': care.qualityStatistics,
  questionnaires: care.questionnaires,
  'revisit-plans': care.revisitPlans,
  'quality-forms': care.qualityForms,
  'quality-rules': care.qualityRules,
  'service-kinds': business.serviceKinds,
  'service-slots': business.serviceSlots,
  'after-sales-rules': business.afterSalesRules,
  'after-sales-statistics': business.afterSalesStatistics,
};
