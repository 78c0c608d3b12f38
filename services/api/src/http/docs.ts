import express, { type Express } from 'express';
import { absolutePath } from 'swagger-ui-dist';

/** Swagger UI from this very server: no script comes from elsewhere, so the content security policy stays as it is. */
export function serveDocs(app: Express, documentUrl: string): void {
  app.get('/docs', (_request, response) => void response.type('html').send(page));
  app.get('/docs/start.js', (_request, response) => void response.type('js').send(script(documentUrl)));
  app.use('/docs', express.static(absolutePath(), { index: false, maxAge: '1h' }));
}

const page = `<!doctype html>
<html lang="zh-CN">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Duban 督办 API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css">
    <link rel="icon" href="/docs/favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const script = (url: string) =>
  `SwaggerUIBundle({ url: ${JSON.stringify(url)}, dom_id: '#swagger-ui', deepLinking: true, docExpansion: 'none' });\n`;
