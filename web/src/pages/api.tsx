import type { ApiOperation, OpenApiDocument } from '../../../src/web/api-document.ts';
import type { PageView } from '../page.ts';

/** Data of the page: the parts of `/api/openapi.json` that people look up. */
export interface ApiData {
  readonly paths: OpenApiDocument['paths'];
  readonly schemas: OpenApiDocument['components']['schemas'];
}

/** The HTTP interface, to be looked up. */
export const api: PageView<ApiData> = {
  name: 'api',
  section: null,
  title: () => 'The HTTP interface',
  Component: ApiPage,
};

interface Route {
  readonly path: string;
  readonly method: string;
  readonly operation: ApiOperation;
}

function ApiPage({ data }: { readonly data: ApiData }) {
  const routes: readonly Route[] = Object.entries(data.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const tags = [...new Set(routes.map(({ operation }) => operation.tags[0] ?? ''))];
  return (
    <div class="api">
      <div class="head">
        <h1>The HTTP interface</h1>
      </div>
      <p class="dim">
        Reading is open on this machine; what changes something needs the token of the home. For programs:{' '}
        <a class="link" href="/api/openapi.json">
          openapi.json
        </a>{' '}
        (OpenAPI 3.1).
      </p>
      {tags.map((tag) => (
        <section key={tag}>
          <h2>{tag === 'github' ? 'GitHub' : tag.slice(0, 1).toUpperCase() + tag.slice(1)}</h2>
          {routes
            .filter(({ operation }) => operation.tags[0] === tag)
            .map((route) => (
              <Operation key={`${route.method} ${route.path}`} route={route} />
            ))}
        </section>
      ))}
      <section>
        <h2>Answers</h2>
        {Object.entries(data.schemas).map(([name, schema]) => (
          <details key={name} id={`schema-${name}`}>
            <summary>
              <code>{name}</code>
            </summary>
            <pre>{JSON.stringify(schema, null, 2)}</pre>
          </details>
        ))}
      </section>
    </div>
  );
}

function Operation({ route: { path, method, operation } }: { readonly route: Route }) {
  const query = operation.parameters.filter((one) => one.in === 'query');
  const body = operation.requestBody?.content['application/json'].schema;
  return (
    <details>
      <summary>
        <code class={method === 'get' ? 'verb' : 'verb now'}>{method.toUpperCase()}</code>{' '}
        <code class="path">{path}</code> <span class="dim">{operation.summary}</span>
      </summary>
      {query.length > 0 && (
        <p>
          Query: <code>{query.map(({ name, required }) => (required ? name : `${name}?`)).join(' ')}</code>
        </p>
      )}
      {body !== undefined && <pre>{JSON.stringify(body, null, 2)}</pre>}
      <ul>
        {Object.entries(operation.responses).map(([status, { content }]) => (
          <li key={status}>
            {status === 'default' ? 'otherwise' : status}: <Content content={content ?? {}} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Content({ content }: { readonly content: NonNullable<ApiOperation['responses'][string]['content']> }) {
  const [type = 'nothing', what] = Object.entries(content)[0] ?? [];
  const name = what?.schema?.$ref?.replace(/^.*\//, '');
  if (name === undefined) return <>{type}</>;
  return (
    <a class="link" href={`#schema-${name}`}>
      {name}
    </a>
  );
}
