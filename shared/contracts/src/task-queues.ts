/** Each service hosts its activities on a queue of its own; workflows live on the orchestrator's. */
export const taskQueues = {
  orchestrator: 'duban-orchestrator',
  assignment: 'duban-assignment',
  notification: 'duban-notification',
  archiving: 'duban-archiving',
} as const;
