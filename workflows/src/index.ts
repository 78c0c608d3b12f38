// The only entry of the workflow bundle.
export { consultation } from './consultation.workflow';
export { complaint } from './complaint.workflow';
export { escalation } from './escalation.workflow';
export { dailyArchive, dailyReport } from './daily.workflow';
export { fileExport } from './export.workflow';
export { weeklyReview } from './weekly-review.workflow';
export { webhookDelivery } from './webhook.workflow';
