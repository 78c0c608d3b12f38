import type { Route } from '../http/route';
import { announcementRoutes } from './announcements';
import { archiveRoutes } from './archive';
import { articleUseRoutes } from './article-use';
import { articleRoutes } from './articles';
import { calendarRoutes } from './calendars';
import { catalogRoutes } from './catalog';
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
import { reviewRoutes } from './reviews';
import { sessionRoutes } from './session';
import { shiftPatternRoutes } from './shift-patterns';
import { staffRoutes } from './staff';
import { bulkStepRoutes } from './bulk-steps';
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
  ...policyRoutes,
  ...policyDraftRoutes,
  ...tokenRoutes,
  ...webhookRoutes,
  ...archiveRoutes,
  ...notificationRoutes,
  ...operationRoutes,
  ...statisticsRoutes,
  ...exportRoutes,
  ...problemRoutes,
  ...reviewRoutes,
  ...articleUseRoutes,
  ...articleRoutes,
  ...proposalRoutes,
  ...announcementRoutes,
  ...toneRoutes,
  ...liveRoutes,
  ...publicRoutes,
];
