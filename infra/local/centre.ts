import { randomUUID } from 'node:crypto';
import { type StepTable, stepTables } from '@duban/contracts';

/** The part of a ticket's view that the local programs look at. */
export interface TicketView {
  number: string;
  process: string;
  status: string;
  stage: string;
  handler: string | null;
  revision: number;
  archived: boolean;
  snapshot?: { clocks: Array<{ key: string; dueAt: number; state: string; breachedAt?: number }>; openSteps: string[] };
}

/** Steps that carry the revision just seen. */
const seen = new Set(
  Object.values<StepTable>(stepTables).flatMap((table) => Object.keys(table).filter((name) => table[name]!.revision)),
);

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly body: { code?: string; title?: string; errors?: unknown },
    request: string,
  ) {
    super(
      `${request}: ${status} ${body.code ?? ''} ${body.title ?? ''} ${body.errors ? JSON.stringify(body.errors) : ''}`,
    );
  }
}

/**
 * The centre as its people use it: over HTTP, each with a session of their own. The demo, the seed's tickets, the
 * benchmarks and the fault tests all act through this, so that they exercise what people exercise.
 */
export class Centre {
  private readonly cookies = new Map<string, Promise<string>>();

  constructor(
    readonly apiUrl: string,
    private readonly password: string,
  ) {}

  /** One request as a member of staff, or as nobody when `staff` is null. Throws ApiError on any 4xx or 5xx. */
  async request<T = unknown>(
    staff: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: T; headers: Headers }> {
    const response = await fetch(`${this.apiUrl}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(staff ? { cookie: await this.cookieOf(staff) } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: unknown = text ? JSON.parse(text) : {};
    if (response.status >= 400) throw new ApiError(response.status, parsed as ApiError['body'], `${method} ${path}`);
    return { status: response.status, body: parsed as T, headers: response.headers };
  }

  private cookieOf(staff: string): Promise<string> {
    let cookie = this.cookies.get(staff);
    if (!cookie) {
      cookie = this.login(staff);
      this.cookies.set(staff, cookie);
      cookie.catch(() => this.cookies.delete(staff));
    }
    return cookie;
  }

  private async login(staff: string): Promise<string> {
    const { headers } = await this.request(null, 'POST', '/session', { staff, password: this.password });
    return headers.getSetCookie().map((cookie) => cookie.split(';')[0])[0] ?? '';
  }

  /** Registers a ticket; answers its number as soon as it is committed. */
  async register(staff: string, intake: Record<string, unknown>, key: string = randomUUID()): Promise<string> {
    const { body } = await this.request<{ number: string }>(staff, 'POST', '/tickets', intake, {
      'idempotency-key': key,
    });
    return body.number;
  }

  async ticket(number: string, staff = 'SV001'): Promise<TicketView> {
    return (await this.request<TicketView>(staff, 'GET', `/tickets/${number}`)).body;
  }

  /** Polls until the ticket is as wanted; throws with what it is like instead after `ms`. */
  async until(number: string, wanted: (ticket: TicketView) => boolean, ms = 30_000): Promise<TicketView> {
    for (const end = Date.now() + ms; ;) {
      const ticket = await this.ticket(number);
      if (wanted(ticket)) return ticket;
      if (Date.now() > end)
        throw new Error(`ticket ${number} stays at ${ticket.stage} (${ticket.status}, ${ticket.handler})`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The handler, once there is one. */
  async handlerOf(number: string): Promise<string> {
    return (await this.until(number, (ticket) => ticket.handler !== null)).handler!;
  }

  /**
   * Takes a step as a person and waits until it is settled; steps that want it carry the revision just seen.
   * `key` makes it repeatable. Throws ApiError when it is refused.
   */
  async take(
    staff: string,
    number: string,
    step: string,
    input: Record<string, unknown> = {},
    key: string = randomUUID(),
  ) {
    const headers: Record<string, string> = { 'idempotency-key': key };
    if (seen.has(step)) headers['if-match'] = `"${(await this.ticket(number)).revision}"`;
    const answer = await this.request<{ step: string; state: string }>(
      staff,
      'POST',
      `/tickets/${number}/steps/${step}`,
      input,
      headers,
    );
    return answer.status === 202 ? this.settled(staff, answer.headers.get('location') ?? '') : answer.body;
  }

  private async settled(staff: string, location: string) {
    for (const end = Date.now() + 60_000; ;) {
      const { body } = await this.request<{ step: string; state: string }>(
        staff,
        'GET',
        location.replace('/api/v1', ''),
      );
      if (body.state === 'applied') return body;
      if (body.state === 'refused' || body.state === 'withdrawn')
        throw new ApiError(409, { code: body.state }, location);
      if (Date.now() > end) throw new Error(`step ${location} is not settled`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
