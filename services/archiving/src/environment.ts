import { serviceEnvironment } from '@duban/platform';
import { z } from 'zod';

/** What the archiving service reads from its environment. */
export const archivingEnvironment = serviceEnvironment.extend({
  /** IANA zone by whose clock the archive is kept up at night. */
  DUBAN_TIME_ZONE: z.string().default('Asia/Shanghai'),
  DUBAN_ARCHIVING_PORT: z.coerce.number().int().min(0).max(65_535).default(8084),
  /** Where the health pages listen; `0.0.0.0` in a container. */
  DUBAN_ARCHIVING_HOST: z.string().default('127.0.0.1'),
});
