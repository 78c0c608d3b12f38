import type { Database, Db } from '@duban/database';
import type { FileStore } from '@duban/files';
import type { Logger } from '@duban/platform';
import type { Client } from '@temporalio/client';
import type { Delivery } from './delivery';
import type { ApiEnvironment } from './environment';
import type { LiveEvents } from './events';

/** What handlers work with; made once at the start. */
export interface Deps {
  db: Db;
  database: Database;
  client: Client;
  delivery: Delivery;
  events: LiveEvents;
  files: FileStore;
  env: ApiEnvironment;
  log: Logger;
}
