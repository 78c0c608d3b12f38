// The only entry of the workflow bundle.
export { consultation } from './consultation.workflow';
export { complaint } from './complaint.workflow';
export { escalation } from './escalation.workflow';
export { emergency } from './emergency.workflow';
export { suggestion } from './suggestion.workflow';
export { acceptance } from './acceptance.workflow';
export { afterSales } from './after-sales.workflow';
export { revisit } from './revisit.workflow';
export { qualityCheck } from './quality-check.workflow';
export { fault } from './fault.workflow';
export { faultAnnouncement } from './fault-announcement.workflow';
export { faultSummary } from './fault-summary.workflow';
export { technicalSupport } from './technical-support.workflow';
export { dailyQualityDraw, dailyRevisits } from './care.workflow';
export { dailyArchive, dailyReport } from './daily.workflow';
export { fileExport } from './export.workflow';
export { weeklyReview } from './weekly-review.workflow';
export { webhookDelivery } from './webhook.workflow';
