import * as z from 'zod';
import * as deliveryAnswers from '../protocol/delivery-answers.ts';
import * as githubAppAnswers from '../protocol/github-app-answers.ts';
import * as logAnswers from '../protocol/log-answers.ts';
import * as notifyAnswers from '../protocol/notify-answers.ts';
import * as queueAnswers from '../protocol/queue-answers.ts';
import * as repositoryAnswers from '../protocol/repository-answers.ts';
import * as runAnswers from '../protocol/run-answers.ts';
import * as serverAnswers from '../protocol/server-answers.ts';
import * as testAnswers from '../protocol/test-answers.ts';
import * as vaultAnswers from '../protocol/vault-answers.ts';
import { VERSION } from '../support/version.ts';
import type { ApiOperation, ApiResponse, JsonObject, OpenApiDocument } from './api-document.ts';
import { type DescribedRoute, ROUTES } from './openapi-routes.ts';

/**
 * Describes the API in OpenAPI 3.1, whose schemas are JSON Schema: zod itself makes those from the schemas that check what
 * comes in, and that the tests hold against what goes out.
 */
export function makeOpenApiDocument(): OpenApiDocument {
  const { names, schemas } = componentSchemas();
  const paths: Record<string, Record<string, ApiOperation>> = {};
  for (const route of ROUTES) paths[route.path] = { ...paths[route.path], [route.method]: operation(route, names) };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Signalbox',
      version: VERSION,
      description:
        'Times are ISO 8601 with milliseconds in UTC. What says no is always an Error; docs/api.md says more.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{}, { token: [] }, { cookie: [] }],
    tags: [...new Set(ROUTES.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'the contents of <home>/token' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'signalbox' },
      },
    },
  };
}

/** All that the API answers, by topic. */
const TOPICS = [
  deliveryAnswers,
  githubAppAnswers,
  logAnswers,
  notifyAnswers,
  queueAnswers,
  repositoryAnswers,
  runAnswers,
  serverAnswers,
  testAnswers,
  vaultAnswers,
];

/** Each answer under a name of its own, so that what several have in common stands there once. */
function componentSchemas(): { names: ReadonlyMap<unknown, string>; schemas: JsonObject } {
  const registry = z.registry<{ id: string }>();
  const names = new Map<unknown, string>();
  const answers = TOPICS.flatMap((topic) => Object.entries<z.ZodType>(topic))
    .filter(([key]) => key.endsWith('Answer')) // the rest is what several topics are made of
    .sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [key, schema] of answers) {
    const id = `${key[0]?.toUpperCase()}${key.slice(1).replace(/Answer$/, '')}`;
    names.set(schema, id);
    registry.add(schema, { id });
  }
  const made = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}`, unrepresentable: 'any' });
  return { names, schemas: Object.fromEntries(Object.entries(made.schemas).map(([id, schema]) => [id, bare(schema)])) };
}

function operation(
  { method, path, tag, summary, query, body, answers: found }: DescribedRoute,
  names: Names,
): ApiOperation {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }));
  const isOpen = path === '/webhooks' || path === '/healthz' || path === '/readyz';
  const isChanging = method !== 'get' && !isOpen;
  return {
    ...{ operationId: idOf(method, path), tags: [tag], summary, parameters: [...inPath, ...queryOf(query)] },
    ...(isChanging ? { security: [{ token: [] }, { cookie: [] }] } : {}),
    ...(body === undefined ? {} : { requestBody: { content: { 'application/json': { schema: jsonSchema(body) } } } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(found).map(([status, what]) => [status, answer(Number(status), what, names)]),
      ),
      default: answer(0, serverAnswers.errorAnswer, names),
    },
  };
}

type Names = ReadonlyMap<unknown, string>;

function answer(status: number, what: z.ZodType | string | null, names: Names): ApiResponse {
  const description = DESCRIPTIONS[status] ?? 'It cannot be done; the code says why';
  if (what === null) return { description };
  if (typeof what === 'string') return { description, content: { [what]: {} } };
  return {
    description,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${names.get(what)}` } } },
  };
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  200: 'Here it is',
  201: 'It was made',
  202: 'It was accepted, and is done later',
  204: 'It is done',
  206: 'The part that was asked for',
};

function queryOf(schema: z.ZodType | undefined): ApiOperation['parameters'] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = jsonSchema(schema) as {
    properties?: Record<string, JsonObject>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, one]) => ({
    ...{ name, in: 'query', required: required.includes(name), schema: one },
  }));
}

/** As it is sent to us, before it is made into what we work with. */
function jsonSchema(schema: z.ZodType): JsonObject {
  return bare(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}

/** The document says once of which draft its schemas are. */
function bare({ $schema: _, $id: __, ...schema }: JsonObject): JsonObject {
  return schema;
}

/** `getApiRunsId`: what generated clients call it. */
function idOf(method: string, path: string): string {
  const words = path.split(/[^a-zA-Z]+/).filter((word) => word !== '');
  return `${method}${words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('')}`;
}
