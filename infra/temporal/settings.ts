/** A local server's dynamic configuration: `temporal server start-dev --dynamic-config-value KEY=VALUE`. */
export const dynamicConfig = {
  // Lets `npm run demo` and the tests move a workflow through virtual time, and quickly.
  'frontend.WorkflowTimeSkippingEnabled': 'true',
  'history.workflowIdReuseMinimalInterval': '"0s"',
  'history.timerProcessorMaxTimeShift': '"1ms"',
  'history.timerProcessorMaxPollRPS': '1000',
  // On one machine a single partition is quicker than the default four: no polls and tasks that miss each other.
  'matching.numTaskqueueReadPartitions': '1',
  'matching.numTaskqueueWritePartitions': '1',
} as const;

/** How long a closed workflow can be seen in the UI; the archive, not Temporal, is the record. */
export const RETENTION_DAYS = 90;

/** The command line flags of `dynamicConfig`; also for `TestWorkflowEnvironment.createLocal`'s `extraArgs`. */
export function dynamicConfigFlags(): string[] {
  return Object.entries(dynamicConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
}
