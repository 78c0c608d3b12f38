import type { Request } from 'express';
import type { ApiEnvironment } from '../environment';
import { problems } from '../http/problems';

/**
 * Refuses what another site's page makes a browser send (403). Browsers say so in `Sec-Fetch-Site`, older ones in
 * `Origin`; a request with neither comes from no browser. Bearer tokens are not sent by themselves: not checked.
 */
export function assertSameOrigin(request: Request, env: ApiEnvironment): void {
  if (request.get('authorization') !== undefined) return;
  const site = request.get('sec-fetch-site');
  if (site !== undefined) {
    if (site !== 'same-origin' && site !== 'none') throw problems.crossSite();
    return;
  }
  const origin = request.get('origin');
  if (origin === undefined) return;
  const own = env.DUBAN_PUBLIC_URL ? new URL(env.DUBAN_PUBLIC_URL).origin : undefined;
  if (origin !== own && hostOf(origin) !== request.get('host')) throw problems.crossSite();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
