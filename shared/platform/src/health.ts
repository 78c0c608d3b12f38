import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Registry, collectDefaultMetrics } from 'prom-client';

export interface HealthServer {
  port: number;
  registry: Registry;
  close(): Promise<void>;
}

/**
 * `/healthz` (the process lives), `/readyz` (its parts answer; 503 with the name of the one that does not),
 * `/metrics` (Prometheus). Binds to loopback unless `host` says otherwise.
 */
export async function serveHealth(options: {
  port: number;
  host?: string;
  registry?: Registry;
  checks: Record<string, () => Promise<unknown>>;
}): Promise<HealthServer> {
  const app = express();
  const registry = options.registry ?? new Registry();
  if (!options.registry) collectDefaultMetrics({ register: registry });
  app.disable('x-powered-by');
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const failed = await failingChecks(options.checks);
    response.status(failed.length ? 503 : 200).json({ status: failed.length ? 'unready' : 'ready', failed });
  });
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = app.listen(options.port, options.host ?? '127.0.0.1', (error?: Error) =>
      error ? reject(error) : resolve(listening),
    );
  });
  return {
    port: (server.address() as AddressInfo).port,
    registry,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

/** Names of the checks that fail or take longer than two seconds: a probe must answer before its prober gives up. */
export async function failingChecks(checks: Record<string, () => Promise<unknown>>): Promise<string[]> {
  const outcomes = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error('slow')), 2_000)));
      const fine = await Promise.race([check(), late]).then(
        () => true,
        () => false,
      );
      clearTimeout(timer);
      return fine ? null : name;
    }),
  );
  return outcomes.filter((name) => name !== null);
}
