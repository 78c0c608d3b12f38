import type { Response } from 'express';
import { type Answer, handled } from './route';

/** Below what proxies cut a silent connection after. */
const HEARTBEAT_MS = 25_000;
/** A reader that takes nothing for so long is cut off: it comes back and is told what it missed. */
const UNREAD_BYTES = 1_000_000;

/** One server-sent event. */
export const block = (event: string, data: object = {}) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Begins to answer with server-sent events; each is one `write` of an `id:` line and a `block`. */
export function openEventStream(response: Response) {
  response.status(200).set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  response.write('retry: 3000\n\n');
  return {
    write(id: string, text: string): void {
      response.write(`id: ${id}\n${text}`);
      if (response.writableLength > UNREAD_BYTES) response.destroy();
    },
    /** Keeps it open until its reader is gone, then calls `stop`. Each beat asks `mayListen`; without it, it ends. */
    keep(stop: () => void, mayListen: () => Promise<boolean>): Answer {
      const beat = setInterval(async () => {
        response.write(': \n\n');
        if (!(await mayListen())) response.end();
      }, HEARTBEAT_MS);
      const end = () => {
        clearInterval(beat);
        stop();
      };
      response.on('close', end);
      if (response.closed) end();
      return handled;
    },
  };
}
