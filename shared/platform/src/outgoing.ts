import { type LookupAddress, lookup } from 'node:dns';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { BlockList, type LookupFunction, isIP } from 'node:net';
import { z } from 'zod';

/** Networks that no public receiver is in: own machine, private, link-local (a cloud's metadata), shared, multicast. */
const PRIVATE = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'],
  // IPv6: loopback and unspecified, v4 in v6 (mapped, translated, 6to4, Teredo), unique local, link-local, multicast.
  ...['::/127', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '2001::/32'],
  ...['fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
];
const network = z.union([z.cidrv4(), z.cidrv6()]);

/** `DUBAN_WEBHOOK_ALLOW`: private networks that may be called in spite of that, as `10.1.0.0/16,127.0.0.0/8`. */
export const allowedNetworks = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
  .pipe(z.array(network));

export interface OutgoingRules {
  allows(address: string): boolean;
}

/** Which addresses may be called: every public one, and private ones in the networks named. */
export function outgoingRules(networks: readonly string[]): OutgoingRules {
  const [refused, allowed] = [listsOf(PRIVATE), listsOf(networks)];
  return {
    allows(address) {
      const family = familyOf(address);
      return (
        family !== undefined && (allowed[family].check(address, family) || !refused[family].check(address, family))
      );
    },
  };
}

/** A list for each family: in one list every IPv4 address would also be its IPv6 form, which is refused. */
function listsOf(networks: readonly string[]): Record<'ipv4' | 'ipv6', BlockList> {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const text of networks) {
    const [address = '', bits] = text.split('/');
    const family = familyOf(address) ?? 'ipv4';
    lists[family].addSubnet(address, Number(bits), family);
  }
  return lists;
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address);
  return version === 0 ? undefined : version === 6 ? 'ipv6' : 'ipv4';
}

/** The host is, or resolves to, an address that may not be called. */
export class AddressRefused extends Error {
  constructor() {
    super('address refused');
    this.name = 'AddressRefused';
  }
}

/**
 * Posts to an address that a person entered. The very address that the name resolves to is checked and then connected
 * to; redirects are an answer like others, and what is answered is not read.
 * @returns the status
 * @throws AddressRefused, or the connection's own error; `ETIMEDOUT` after `timeoutMs` in all
 */
export function postOut(
  url: string,
  options: { headers: Record<string, string>; body: string; timeoutMs: number; rules: OutgoingRules },
): Promise<number> {
  const { headers, body, timeoutMs, rules } = options;
  const { protocol, hostname } = new URL(url);
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !rules.allows(literal)) return Promise.reject(new AddressRefused());
  const request = protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body), 'user-agent': 'duban-webhook' },
      lookup: checkedLookup(rules),
      agent: false,
    });
    const late = setTimeout(() => {
      call.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    call.on('close', () => clearTimeout(late));
    call.on('error', reject);
    call.on('response', (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    call.end(body);
  });
}

function checkedLookup(rules: OutgoingRules): LookupFunction {
  return (hostname, options, done) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return done(error, '', 0);
      if (addresses.length === 0 || !addresses.every(({ address }) => rules.allows(address)))
        return done(new AddressRefused(), '', 0);
      if (options.all) return done(null, addresses);
      done(null, addresses[0]!.address, addresses[0]!.family);
    });
  };
}
