import type { Example } from './examples/example';
import { careExamples } from './examples/care';
import { channelExamples } from './examples/channels';
import { knowledgeExamples } from './examples/knowledge';
import { organisationExamples } from './examples/organisation';
import { stepExamples } from './examples/steps';
import { systemExamples } from './examples/systems';
import { ticketExamples } from './examples/tickets';

/** Examples by `METHOD /path` of the route table; a test executes every one. */
export const examples: Readonly<Record<string, Example>> = {
  ...stepExamples(),
  ...ticketExamples,
  ...channelExamples,
  ...organisationExamples,
  ...knowledgeExamples,
  ...systemExamples,
  ...careExamples,
};

interface Parameter {
  name: string;
  in: string;
  example?: unknown;
}
interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { example?: unknown }> };
}

/**
 * Writes examples into an OpenAPI document: parameters, body, and `x-example-as`, the role of who calls.
 * Throws when one names an address or a parameter that the document does not have.
 */
export function withExamples<D extends { paths?: object }>(document: D, all: Readonly<Record<string, Example>>): D {
  const paths = document.paths as Record<string, Record<string, Operation | undefined> | undefined>;
  for (const [name, example] of Object.entries(all)) {
    const [method = '', path = ''] = name.split(' ');
    const operation = paths[`/api/v1${path.replace(/:(\w+)/g, '{$1}')}`]?.[method.toLowerCase()];
    if (!operation) throw new Error(`example of ${name}: there is no such address`);
    const given = { path: example.params, query: example.query, header: example.headers };
    for (const [place, values] of Object.entries(given))
      for (const [key, value] of Object.entries(values ?? {})) {
        const parameter = operation.parameters?.find((one) => one.in === place && one.name === key);
        if (!parameter) throw new Error(`example of ${name}: there is no ${place} parameter ${key}`);
        parameter.example = value;
      }
    const body = Object.values(operation.requestBody?.content ?? {})[0];
    if (body && example.body !== undefined) body.example = example.body;
    Object.assign(operation, { 'x-example-as': example.as ?? 'nobody' });
  }
  return document;
}
