import type { WorkerInterceptors } from '@temporalio/worker';
import { scrubbingInterceptors } from './scrub';

/** So often within its heartbeat timeout an activity says that its process is there; one lost beat is no death. */
const BEATS = 3;

/**
 * For every worker: an activity that has a heartbeat timeout beats by itself while it runs, so a killed process is
 * noticed within that time and not at the activity's own, much longer limit; and no failure carries personal data.
 */
export const workerInterceptors: WorkerInterceptors = {
  activity: [
    (context) => ({
      inbound: {
        async execute(input, next) {
          const { heartbeatTimeoutMs } = context.info;
          if (!heartbeatTimeoutMs) return next(input);
          const beating = setInterval(() => context.heartbeat(), heartbeatTimeoutMs / BEATS);
          try {
            return await next(input);
          } finally {
            clearInterval(beating);
          }
        },
      },
    }),
    ...(scrubbingInterceptors.activity ?? []),
  ],
};
