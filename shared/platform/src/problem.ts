/** An error that an HTTP caller is told as problem+json (RFC 9457). `code` is stable; texts are by locale. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly texts: { zh: string; en: string },
    readonly more: {
      errors?: Array<{ field: string; code: string; message?: string }>;
      [extension: string]: unknown;
    } = {},
  ) {
    super(code);
    this.name = 'Problem';
  }

  /** The response body for one caller. */
  toJSON(locale: 'zh' | 'en', traceId: string) {
    return {
      type: 'about:blank',
      title: this.texts[locale],
      status: this.status,
      code: this.code,
      traceId,
      ...this.more,
    };
  }
}
