// Ends the children of a launcher that was itself killed (SIGKILL, crash, out of memory). The launcher tells it
// on stdin "+ PID SIGNAL" and "- PID"; the pipe closes when the launcher is gone, however it went.
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough for PostgreSQL's fast shutdown; what is still there then is killed. */
const GRACE_MS = 8_000;
const children = new Map();

function signal(pid, name) {
  try {
    process.kill(-pid, name);
    return true;
  } catch {
    return false;
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [verb, pid, stopSignal] = line.split(' ');
    if (verb === '+') children.set(Number(pid), stopSignal);
    else children.delete(Number(pid));
  })
  .on('close', async () => {
    let left = [...children].filter(([pid, stopSignal]) => signal(pid, stopSignal));
    for (const end = Date.now() + GRACE_MS; left.length > 0 && Date.now() < end; await sleep(50))
      left = left.filter(([pid]) => signal(pid, 0));
    for (const [pid] of left) signal(pid, 'SIGKILL');
  });
