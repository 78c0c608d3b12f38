import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { type IncomingHttpHeaders, connect, createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { Connection } from '@temporalio/client';
import { freePort } from '@duban/infra/local/ports';
import { startTemporal } from '@duban/infra/local/temporal';
import {
  EnvironmentError,
  connectTemporal,
  readEnvironment,
  temporalAddress,
  temporalEnvironment,
} from '@duban/platform';

const pem = (name: string) => join(__dirname, '../fixtures/tls', name);
const API_KEY = 'only-the-tests-know-this-key';

const secured = {
  TEMPORAL_NAMESPACE: 'default',
  TEMPORAL_TLS_SERVER_NAME: 'temporal.tests',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: pem('ca.pem'),
  TEMPORAL_TLS_CLIENT_CERT_PATH: pem('client.pem'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: pem('client.key'),
  TEMPORAL_API_KEY: API_KEY,
};
const settingsOf = (env: Record<string, string | undefined>) => readEnvironment(temporalEnvironment, env);

describe('the options that the environment means', () => {
  test('nothing said: plain, on loopback; variables that are set but empty are not set', () => {
    const empty = Object.fromEntries(Object.keys(secured).map((name) => [name, '']));
    expect(temporalAddress(settingsOf({}))).toEqual({ address: '127.0.0.1:7233' });
    expect(temporalAddress(settingsOf({ ...empty, TEMPORAL_NAMESPACE: 'x', TEMPORAL_TLS: '' }))).toEqual({
      address: '127.0.0.1:7233',
    });
  });

  test('TLS alone, and TLS by itself where a name, a certificate or a key is given', () => {
    expect(temporalAddress(settingsOf({ TEMPORAL_TLS: 'true' })).tls).toEqual({});
    expect(temporalAddress(settingsOf({ TEMPORAL_API_KEY: API_KEY }))).toMatchObject({ tls: {}, apiKey: API_KEY });
    expect(temporalAddress(settingsOf({ ...secured, TEMPORAL_ADDRESS: 'temporal:7233' }))).toEqual({
      address: 'temporal:7233',
      apiKey: API_KEY,
      tls: {
        serverNameOverride: 'temporal.tests',
        serverRootCACertificate: readFileSync(pem('ca.pem')),
        clientCertPair: { crt: readFileSync(pem('client.pem')), key: readFileSync(pem('client.key')) },
      },
    });
  });

  test.each<[string, Record<string, string>, string[]]>([
    ['no switch', { TEMPORAL_TLS: 'perhaps' }, ['TEMPORAL_TLS:']],
    ['half a pair', { TEMPORAL_TLS_CLIENT_CERT_PATH: pem('client.pem') }, ['TEMPORAL_TLS_CLIENT_KEY_PATH:']],
    ['the other half', { TEMPORAL_TLS_CLIENT_KEY_PATH: pem('client.key') }, ['TEMPORAL_TLS_CLIENT_CERT_PATH:']],
    ['no such file', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '/nowhere.pem' }, ['SERVER_CA_CERT_PATH: ENOENT']],
    [
      'files of another kind, both told at once',
      { TEMPORAL_TLS_CLIENT_CERT_PATH: pem('client.key'), TEMPORAL_TLS_CLIENT_KEY_PATH: pem('client.pem') },
      ['TEMPORAL_TLS_CLIENT_CERT_PATH: holds no', 'TEMPORAL_TLS_CLIENT_KEY_PATH: holds no'],
    ],
    ['a key over a plain connection', { TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: API_KEY }, ['TEMPORAL_TLS: is off']],
  ])('%s: an error that names the variable and repeats no value', (_name, env, named) => {
    const build = () => temporalAddress(settingsOf(env));
    expect(build).toThrow(EnvironmentError);
    for (const text of named) expect(build).toThrow(text);
    for (const value of Object.values(env).filter((text) => text.length > 10)) expect(build).not.toThrow(value);
  });
});

describe('a real server behind mutual TLS', () => {
  const directory = mkdtempSync(join(tmpdir(), 'duban-tls-'));
  const seen: IncomingHttpHeaders[] = [];
  let stop: Array<() => Promise<unknown>> = [];
  let address: string;

  beforeAll(async () => {
    const temporal = await startTemporal({
      ...{ dbFile: join(directory, 'temporal.db'), port: await freePort(), uiPort: undefined, log: () => undefined },
    });
    // Ends TLS, wants a certificate of our CA, and hands each call on.
    const behind = connect(`http://${temporal.address}`);
    const read = (name: string) => readFileSync(pem(name));
    const proxy = createSecureServer({
      ...{ cert: read('server.pem'), key: read('server.key'), ca: read('ca.pem') },
      ...{ requestCert: true, rejectUnauthorized: true },
    });
    const sockets = new Set<TLSSocket>();
    proxy.on('secureConnection', (socket: TLSSocket) => sockets.add(socket));
    proxy.on('stream', (stream, headers) => {
      seen.push(headers);
      const { ':authority': _, ...rest } = headers;
      const call = behind.request(rest);
      let trailers: IncomingHttpHeaders = {};
      call.on('trailers', (last) => void (trailers = last));
      call.on('response', ({ ':status': status, ...head }) =>
        stream.respond({ ':status': status, ...head }, { waitForTrailers: true }),
      );
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      for (const end of [stream, call]) end.on('error', () => undefined);
      stream.pipe(call).pipe(stream);
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    stop = [
      async () => {
        for (const socket of sockets) socket.destroy();
        proxy.close();
        behind.destroy();
      },
      () => temporal.stop(),
    ];
  });
  afterAll(async () => {
    for (const end of stop) await end();
    rmSync(directory, { recursive: true, force: true });
  });

  test('services (worker and client alike) and commands get through, and show the API key', async () => {
    const settings = settingsOf({ ...secured, TEMPORAL_ADDRESS: address });
    const { client, close } = await connectTemporal(settings);
    const described = await client.workflowService.describeNamespace({ namespace: 'default' });
    expect(described.namespaceInfo?.name).toBe('default');
    await close();
    const command = await Connection.connect(temporalAddress(settings));
    await command.workflowService.describeNamespace({ namespace: 'default' });
    await command.close();
    const calls = seen.filter((headers) => headers[':path']?.endsWith('/DescribeNamespace'));
    expect(calls.map((headers) => headers.authorization)).toEqual([`Bearer ${API_KEY}`, `Bearer ${API_KEY}`]);
  });

  test.each<[string, Partial<Record<keyof typeof secured, string>>]>([
    ['without a client certificate', { TEMPORAL_TLS_CLIENT_CERT_PATH: '', TEMPORAL_TLS_CLIENT_KEY_PATH: '' }],
    ['to a server whose certificate is signed by nobody known', { TEMPORAL_TLS_SERVER_CA_CERT_PATH: '' }],
    ['to a server of another name', { TEMPORAL_TLS_SERVER_NAME: 'elsewhere.tests' }],
  ])('%s nobody gets through', async (_name, change) => {
    const settings = settingsOf({ ...secured, TEMPORAL_ADDRESS: address, ...change });
    const before = seen.length;
    await expect(connectTemporal(settings)).rejects.toThrow();
    expect(seen).toHaveLength(before);
  });
});
