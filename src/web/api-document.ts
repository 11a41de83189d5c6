import type { RequestHandler } from 'express';

/** A piece of JSON. */
export type JsonObject = { readonly [key: string]: unknown };

/** What one method does at one path. */
export interface ApiOperation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: JsonObject;
  }[];
  readonly security?: readonly JsonObject[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: JsonObject } } };
  readonly responses: Readonly<Record<string, ApiResponse>>;
}

/** One answer, by media type. */
export interface ApiResponse {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema?: { readonly $ref?: string } }>>;
}

/** The description of the API: https://spec.openapis.org/oas/v3.1.1 */
export interface OpenApiDocument extends JsonObject {
  readonly openapi: '3.1.1';
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components: { readonly schemas: JsonObject; readonly securitySchemes: JsonObject };
}

/** Who has the description. */
export interface ApiDocumentSource {
  /** What `/api/openapi.json` says. */
  document(): Promise<OpenApiDocument>;
  /** `GET /openapi.json`. */
  routes(): RequestHandler;
}
