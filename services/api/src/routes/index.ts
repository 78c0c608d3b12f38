import type { Route } from '../http/route';
import { announcementRoutes } from './announcements';
import { archiveRoutes } from './archive';
import { articleUseRoutes } from './article-use';
import { articleRoutes } from './articles';
import { calendarRoutes } from './calendars';
import { catalogRoutes } from './catalog';
import { afterSalesRuleRoutes } from './after-sales-rules';
import { customerChangeRoutes } from './customer-changes';
import { serviceKindRoutes } from './service-kinds';
import { callRoutes } from './calls';
import { inboundCallRoutes } from './inbound-calls';
import { customerClassRoutes } from './customer-classes';
import { customerContactRoutes } from './customer-contacts';
import { customerPrivacyRoutes } from './customer-privacy';
import { conversationRoutes } from './conversations';
import { ticketMessageRoutes } from './ticket-messages';
import { publicChatRoutes } from './public-chat';
import { publicRequestRoutes } from './public-requests';
import { inboundEmailRoutes } from './inbound-email';
import { channelRuleRoutes } from './channel-rules';
import { customerRoutes } from './customers';
import { exportRoutes } from './exports';
import { faultRoutes } from './faults';
import { faultSummaryRoutes } from './fault-summaries';
import { fileRoutes } from './files';
import { dutyRoutes } from './duty';
import { liveRoutes } from './live';
import { notificationRoutes } from './notifications';
import { operationRoutes } from './operations';
import { policyRoutes } from './policies';
import { policyDraftRoutes } from './policy-drafts';
import { problemRoutes } from './problem-library';
import { proposalRoutes } from './proposals';
import { publicRoutes } from './public';
import { publicQuestionnaireRoutes } from './public-questionnaires';
import { qualityRoutes } from './quality';
import { careStatisticsRoutes } from './care-statistics';
import { revisitPlanRoutes } from './revisit-plans';
import { reviewRoutes } from './reviews';
import { sessionRoutes } from './session';
import { shiftPatternRoutes } from './shift-patterns';
import { staffRoutes } from './staff';
import { bulkStepRoutes } from './bulk-steps';
import { emergencyPlanRoutes } from './emergency-plans';
import { statisticsRoutes } from './statistics';
import { stepRoutes } from './steps';
import { ticketRoutes } from './tickets';
import { tokenRoutes } from './tokens';
import { webhookRoutes } from './webhooks';
import { toneRoutes } from './tone';

/** Every route there is: router, permission matrix and OpenAPI are made from this table. */
export const routeTable: readonly Route[] = [
  ...sessionRoutes,
  ...ticketRoutes,
  ...stepRoutes,
  ...bulkStepRoutes,
  ...fileRoutes,
  ...customerRoutes,
  ...customerContactRoutes,
  ...customerPrivacyRoutes,
  ...customerClassRoutes,
  ...customerChangeRoutes,
  ...serviceKindRoutes,
  ...afterSalesRuleRoutes,
  ...callRoutes,
  ...inboundCallRoutes,
  ...conversationRoutes,
  ...ticketMessageRoutes,
  ...channelRuleRoutes,
  ...inboundEmailRoutes,
  ...publicChatRoutes,
  ...publicRequestRoutes,
  ...staffRoutes,
  ...catalogRoutes,
  ...dutyRoutes,
  ...shiftPatternRoutes,
  ...calendarRoutes,
  ...emergencyPlanRoutes,
  ...policyRoutes,
  ...policyDraftRoutes,
  ...tokenRoutes,
  ...webhookRoutes,
  ...archiveRoutes,
  ...notificationRoutes,
  ...operationRoutes,
  ...statisticsRoutes,
  ...careStatisticsRoutes,
  ...revisitPlanRoutes,
  ...qualityRoutes,
  ...exportRoutes,
  ...problemRoutes,
  ...reviewRoutes,
  ...articleUseRoutes,
  ...articleRoutes,
  ...proposalRoutes,
  ...announcementRoutes,
  ...toneRoutes,
  ...faultRoutes,
  ...faultSummaryRoutes,
  ...liveRoutes,
  ...publicRoutes,
  ...publicQuestionnaireRoutes,
];
