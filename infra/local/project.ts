import { join, resolve } from 'node:path';

/** The checkout's root. */
export const projectRoot = resolve(__dirname, '..', '..');

/** Where tools that were downloaded are kept, shared by all data directories. */
export const toolsDir = join(projectRoot, '.duban', 'tools');
