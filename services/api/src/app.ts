import type { Server } from 'node:http';
import { failingChecks } from '@duban/platform';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { Histogram, type Registry } from 'prom-client';
import type { Deps } from './deps';
import { serveDocs } from './http/docs';
import { problemHandler, unknownAddress } from './http/errors';
import { openApiDocument } from './http/openapi';
import { type RouterOptions, createRouter } from './http/router';
import { signedBodies } from './http/signed';
import { traceIdOf } from './http/trace';
import { routeTable } from './routes';

export interface AppOptions extends RouterOptions {
  registry: Registry;
  /** What `/readyz` asks. */
  checks: Record<string, () => Promise<unknown>>;
}

const BODY_LIMIT = '256kb';

/** The whole HTTP face: health, metrics, documents and the API, as one express application. */
export function createApp(deps: Deps, options: AppOptions): Express {
  const { env, log } = deps;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', env.DUBAN_TRUST_PROXY === '' ? false : env.DUBAN_TRUST_PROXY);
  app.set('query parser', 'simple');
  app.use(helmet(securityHeaders(env.DUBAN_PUBLIC_URL)));
  app.use((request, response, next) => {
    response.locals.trace = traceIdOf(request.get('traceparent'));
    response.set('x-trace-id', response.locals.trace);
    next();
  });
  serveHealth(app, options);
  app.use(requestLog(deps));
  app.use(measure(options.registry));
  const url = env.DUBAN_PUBLIC_URL ?? '/';
  const document = openApiDocument(routeTable, { version: '0.1.0', url });
  app.get('/api/v1/openapi.json', (_request, response) => void response.json(document));
  serveDocs(app, '/api/v1/openapi.json');
  app.get('/', (_request, response) => response.redirect('/docs'));
  serveCustomerLinks(app);
  app.use('/api/v1/inbound', noStore, signedBodies());
  app.use('/api/v1', noStore, express.json({ limit: BODY_LIMIT }), createRouter(routeTable, deps, options));
  app.use(unknownAddress);
  app.use(problemHandler(log));
  return app;
}

/** No log line of a request holds its address's query, ids of links, headers or body: only what the table names. */
function requestLog({ log }: Deps) {
  return pinoHttp({
    logger: log,
    genReqId: (_request, response) => (response as unknown as { locals: { trace: string } }).locals.trace,
    serializers: { req: () => undefined, res: () => undefined, err: () => undefined },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'trace' },
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'error' : 'info'),
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
    customSuccessObject: (request, response, value) => ({ ...value, ...facts(request.method, response) }),
    customErrorObject: (request, response, _error, value) => ({ ...value, ...facts(request.method, response) }),
  });
}

function facts(method: string | undefined, response: { statusCode: number }) {
  const { route, actor } = (response as { locals?: { route?: string; actor?: string } }).locals ?? {};
  return { method, route, actor, status: response.statusCode };
}

function measure(registry: Registry): express.RequestHandler {
  const seconds = new Histogram({
    name: 'duban_http_request_seconds',
    help: 'Time to answer an HTTP request',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });
  return (request, response, next) => {
    const from = performance.now();
    response.on('finish', () => {
      const labels = { method: request.method, route: response.locals.route ?? 'other', status: response.statusCode };
      seconds.observe(labels, (performance.now() - from) / 1000);
    });
    next();
  };
}

function serveHealth(app: Express, { checks, registry }: AppOptions): void {
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.get('/readyz', async (_request, response) => {
    const failed = await failingChecks(checks);
    response.status(failed.length ? 503 : 200).json({ status: failed.length ? 'unready' : 'ready', failed });
  });
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
}

/** Where the links in customers' messages lead until the console has pages for them: to those pages' data. */
function serveCustomerLinks(app: Express): void {
  for (const [short, page] of [
    ['p', 'progress'],
    ['s', 'survey'],
  ])
    app.get(`/${short}/:token`, ({ params }, response) =>
      response.redirect(302, `/api/v1/public/${page}/${encodeURIComponent(params.token)}`),
    );
}

const noStore: express.RequestHandler = (_request, response, next) => {
  response.set('cache-control', 'no-store');
  next();
};

/** Pages of this origin only; plain HTTP on loopback must not be told to upgrade itself. */
function securityHeaders(publicUrl: string | undefined): Parameters<typeof helmet>[0] {
  const secure = publicUrl?.startsWith('https:') ?? false;
  return {
    contentSecurityPolicy: {
      directives: {
        'default-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        'style-src': ["'self'", "'unsafe-inline'"],
        'upgrade-insecure-requests': secure ? [] : null,
      },
    },
    strictTransportSecurity: secure,
    referrerPolicy: { policy: 'same-origin' },
  };
}

/** Starts listening; rejects when the port is taken. */
export function listen(app: Express, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, host, (error?: Error) => (error ? reject(error) : resolve(server)));
  });
}
