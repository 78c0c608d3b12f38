import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { z } from 'zod';
import { EnvironmentError, type temporalEnvironment } from './environment';

export type TemporalSettings = z.output<typeof temporalEnvironment>;

/** For `Connection.connect` and `NativeConnection.connect` alike. */
export interface TemporalAddress {
  address: string;
  tls?: {
    serverNameOverride?: string;
    serverRootCACertificate?: Buffer;
    clientCertPair?: { crt: Buffer; key: Buffer };
  };
  apiKey?: string;
}

/**
 * Address, TLS, client certificate and API key as the environment means them; the files are read now.
 * @throws EnvironmentError naming the variable: half a pair, a file that is not there or no PEM of its kind, an API
 *   key or certificate with TLS switched off
 */
export function temporalAddress(settings: TemporalSettings): TemporalAddress {
  const problems: string[] = [];
  const read = (name: keyof TemporalSettings, check: (pem: Buffer) => unknown): Buffer | undefined => {
    const path = settings[name];
    if (path === undefined) return undefined;
    try {
      const pem = readFileSync(path);
      check(pem);
      return pem;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      problems.push(`${name}: ${code?.startsWith('E') && !code.startsWith('ERR_') ? code : 'holds no such PEM'}`);
      return undefined;
    }
  };
  const ca = read('TEMPORAL_TLS_SERVER_CA_CERT_PATH', (pem) => new X509Certificate(pem));
  const crt = read('TEMPORAL_TLS_CLIENT_CERT_PATH', (pem) => new X509Certificate(pem));
  const key = read('TEMPORAL_TLS_CLIENT_KEY_PATH', (pem) => createPrivateKey(pem));
  const { TEMPORAL_TLS_CLIENT_CERT_PATH: crtPath, TEMPORAL_TLS_CLIENT_KEY_PATH: keyPath } = settings;
  if (crtPath && !keyPath) problems.push('TEMPORAL_TLS_CLIENT_KEY_PATH: is needed with the certificate');
  if (keyPath && !crtPath) problems.push('TEMPORAL_TLS_CLIENT_CERT_PATH: is needed with the key');
  const { TEMPORAL_TLS: asked, TEMPORAL_TLS_SERVER_NAME: name, TEMPORAL_API_KEY: apiKey } = settings;
  const needed = [name, settings.TEMPORAL_TLS_SERVER_CA_CERT_PATH, crtPath, keyPath, apiKey].some(Boolean);
  // A key over a plain connection can be read by everyone on the way.
  if (asked === 'false' && needed) problems.push('TEMPORAL_TLS: is off, but names, certificates or a key are given');
  if (problems.length > 0) throw new EnvironmentError(problems);
  const tls = {
    ...(name ? { serverNameOverride: name } : {}),
    ...(ca ? { serverRootCACertificate: ca } : {}),
    ...(crt && key ? { clientCertPair: { crt, key } } : {}),
  };
  return {
    address: settings.TEMPORAL_ADDRESS,
    ...(asked === 'true' || needed ? { tls } : {}),
    ...(apiKey ? { apiKey } : {}),
  };
}

/**
 * A native connection that serves workers and the client alike, and who closes it.
 * @param lent shared by every service of one process: eager start needs client and worker on the same connection
 * @throws EnvironmentError, see `temporalAddress`; Temporal's own error when nothing answers
 */
export async function connectTemporal(settings: TemporalSettings, lent?: NativeConnection) {
  const connection = lent ?? (await NativeConnection.connect(temporalAddress(settings)));
  const client = new Client({ connection, namespace: settings.TEMPORAL_NAMESPACE });
  return {
    connection,
    client,
    /** Closes the connection unless it was lent. */
    close: async () => {
      if (!lent) await connection.close();
    },
  };
}

/**
 * A client for whoever can do without Temporal for a while: where nothing answers now, a connection that is made when
 * something does.
 * @throws EnvironmentError, see `temporalAddress`
 */
export async function connectTemporalClient(settings: TemporalSettings, lent?: NativeConnection) {
  const address = temporalAddress(settings);
  try {
    const { client, close } = await connectTemporal(settings, lent);
    return { client, close };
  } catch {
    const connection = Connection.lazy({ ...address, interceptors: [] }); // who calls tries again itself
    return {
      client: new Client({ connection, namespace: settings.TEMPORAL_NAMESPACE }),
      close: () => connection.close(),
    };
  }
}
