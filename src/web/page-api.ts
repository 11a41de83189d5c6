import { type Html, html } from './html.ts';
import type { JsonObject, OpenApiDocument } from './openapi.ts';

/** The API for people who want to look it up: what `/api/openapi.json` says, as a page. */
export function apiPage(document: OpenApiDocument): Html {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method,
      operation: operation as unknown as Operation,
    })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags[0] ?? ''))];
  return html`<h1>The HTTP interface</h1>
<p class="dim">Reading is open on this machine; what changes something needs the token of the home. For programs: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${tags.map((tag) => section(tag, operations))}
<h2 id="schemas">Answers</h2>
${Object.entries(schemasOf(document)).map(([name, schema]) => schemaPart(name, schema))}`;
}

interface Operation {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: JsonObject } } };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema?: JsonObject }>> }>
  >;
}

interface Listed {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function section(tag: string, operations: readonly Listed[]): Html {
  const own = operations.filter(({ operation }) => operation.tags[0] === tag);
  return html`<h2 id="${tag}">${tag}</h2>${own.map(operationPart)}`;
}

function operationPart({ path, method, operation }: Listed): Html {
  const { summary, parameters, requestBody, responses } = operation;
  const query = parameters
    .filter((one) => one.in === 'query')
    .map(({ name, required }) => (required ? name : `${name}?`));
  const body = requestBody?.content['application/json'].schema;
  return html`<details><summary><code>${method.toUpperCase()} ${path}</code> ${summary}</summary>
${query.length === 0 ? '' : html`<p>Query: <code>${query.join(' ')}</code></p>`}
${body === undefined ? '' : html`<p>Body:</p><pre>${JSON.stringify(body, null, 2)}</pre>`}
<ul>${Object.entries(responses).map(([status, one]) => answerPart(status, one.content ?? {}))}</ul></details>`;
}

function answerPart(status: string, content: Readonly<Record<string, { schema?: JsonObject }>>): Html {
  const [type, what] = Object.entries(content)[0] ?? ['nothing', {}];
  const name = String(what.schema?.$ref ?? '').replace(/^.*\//, '');
  const link = name === '' ? html`${type}` : html`<a href="#schema-${name}">${name}</a>`;
  return html`<li>${status === 'default' ? 'otherwise' : status}: ${link}</li>`;
}

function schemaPart(name: string, schema: unknown): Html {
  return html`<details id="schema-${name}"><summary><code>${name}</code></summary><pre>${JSON.stringify(schema, null, 2)}</pre></details>`;
}

function schemasOf({ components }: OpenApiDocument): JsonObject {
  return (components as { schemas?: JsonObject }).schemas ?? {};
}
