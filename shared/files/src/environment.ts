import { z } from 'zod';
import { openDiskStore } from './disk';
import type { FileStore } from './store';

/** What the file store reads from its service's environment; with a bucket it is S3, else the disk. */
export const filesEnvironment = {
  /** Where files are kept on disk. */
  DUBAN_FILES_DIR: z.string().min(1).default('.duban/files'),
  DUBAN_FILE_MAX_MB: z.coerce.number().positive().max(5_000).default(50),
  DUBAN_S3_BUCKET: z.string().min(1).optional(),
  DUBAN_S3_REGION: z.string().min(1).default('us-east-1'),
  /** Another service than Amazon's. */
  DUBAN_S3_ENDPOINT: z.url().optional(),
  DUBAN_S3_PREFIX: z.string().default(''),
  DUBAN_S3_KEY_ID: z.string().min(1).optional(),
  DUBAN_S3_SECRET: z.string().min(1).optional(),
};
type FilesEnvironment = z.output<z.ZodObject<typeof filesEnvironment>>;

/** Opens the store that the environment names; it connects when it is first used. */
export async function openFileStore(env: FilesEnvironment): Promise<FileStore> {
  if (!env.DUBAN_S3_BUCKET) return openDiskStore(env.DUBAN_FILES_DIR);
  const { openS3Store } = await import('./s3'); // half a second that a disk needs not wait for
  const [accessKeyId, secretAccessKey] = [env.DUBAN_S3_KEY_ID, env.DUBAN_S3_SECRET];
  return openS3Store({
    ...{ bucket: env.DUBAN_S3_BUCKET, region: env.DUBAN_S3_REGION },
    ...{ endpoint: env.DUBAN_S3_ENDPOINT, prefix: env.DUBAN_S3_PREFIX },
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
  });
}
