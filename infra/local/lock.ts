import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity';
import type { Log } from './processes';

interface Holder {
  pid: number;
  identity: string | undefined;
  watchdog: { pid: number; identity: string | undefined } | undefined;
}

/** Above the watchdog's grace: after that, what a killed launcher left behind has been killed as well. */
const WATCHDOG_MS = 12_000;

/** The lock is held by a running process. */
export class AlreadyRunning extends Error {}

/**
 * Takes the pid file `file` for this process and returns the function that gives it back. A holder that no longer
 * runs is replaced, once its watchdog has finished.
 *
 * @throws AlreadyRunning when another live process holds it
 */
export async function acquireLock(file: string, watchdogPid: number | undefined, log: Log): Promise<() => void> {
  mkdirSync(dirname(file), { recursive: true });
  const watchdog = watchdogPid ? { pid: watchdogPid, identity: processIdentity(watchdogPid) } : undefined;
  const mine: Holder = { pid: process.pid, identity: processIdentity(process.pid), watchdog };
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    while (!link(draft, file)) {
      const holder = read(file);
      if (holder && isRunning(holder))
        throw new AlreadyRunning(`Duban already runs on these data (process ${holder.pid}). Stop it first.`);
      if (holder?.watchdog) await settled(holder.watchdog, log);
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** A link appears with its content or not at all, and never replaces another. */
function link(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function isRunning({ pid, identity }: { pid: number; identity: string | undefined }): boolean {
  return identity !== undefined && processIdentity(pid) === identity;
}

async function settled(watchdog: NonNullable<Holder['watchdog']>, log: Log): Promise<void> {
  if (!isRunning(watchdog)) return;
  log('the last start was killed; waiting until what it left has stopped');
  for (const end = Date.now() + WATCHDOG_MS; isRunning(watchdog) && Date.now() < end;) await sleep(50);
}
