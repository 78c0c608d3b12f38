import { PolicyError } from './errors';
import type { Calendar } from './types';

/** Half of the shortest known time between two changes: summer time is interrupted for Ramadan in some zones. */
const PROBE_MS = 14 * 86_400_000;

/** Reads a zone's offset in seconds at UTC instants from the host's zone data. */
function offsetReader(timezone: string): (utcMs: number) => number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new PolicyError('invalid_timezone', `'${timezone}' is not a time zone known here`, 'timezone');
  }
  return (utcMs) => {
    const [month = 1, day = 1, year = 0, hour = 0, minute = 0, second = 0] = (
      format.format(utcMs).match(/\d+/g) ?? []
    ).map(Number);
    return (Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(utcMs / 1000) * 1000) / 1000;
  };
}

/**
 * Zone offsets from 1 January of year `from` to 31 December of year `to`, found by bisection between fortnightly probes.
 * The first entry holds before them all, the last one after. Host only (Intl). Errors: `invalid_timezone`.
 */
export function zoneOffsets(timezone: string, from: number, to: number): Calendar['offsets'] {
  const offsetAt = offsetReader(timezone);
  const end = Date.UTC(to + 1, 0, 1);
  let at = Date.UTC(from, 0, 1);
  let offset = offsetAt(at);
  const offsets: Calendar['offsets'] = [[at, offset]];
  while (at < end) {
    const probe = Math.min(at + PROBE_MS, end);
    const probed = offsetAt(probe);
    if (probed !== offset) {
      let before = at / 1000;
      let after = probe / 1000;
      while (after - before > 1) {
        const middle = Math.floor((before + after) / 2);
        if (offsetAt(middle * 1000) === offset) before = middle;
        else after = middle;
      }
      // A second change before the same probe is found by going on from the first.
      offset = offsetAt(after * 1000);
      offsets.push([after * 1000, offset]);
      at = after * 1000;
    } else {
      at = probe;
    }
  }
  return offsets;
}
