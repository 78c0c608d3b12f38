import { ActivityFailure, ApplicationFailure, sleep } from '@temporalio/workflow';
import type { ExportInput } from '@duban/contracts';
import { exports } from './lib/activities';

/** A list or statistic as a file: made, kept for whoever asked until its time is over, then removed (G15). */
export async function fileExport({ id, expiresAt }: ExportInput): Promise<void> {
  try {
    await exports.makeExport({ id });
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : error;
    const failure = cause instanceof ApplicationFailure && cause.type === 'TooManyRows' ? 'too-many-rows' : 'internal';
    await exports.giveUpExport({ id, failure });
  }
  await sleep(Math.max(1, expiresAt - Date.now()), { summary: '到期删除' });
  await exports.removeExport({ id });
}
