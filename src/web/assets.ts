import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Request, RequestHandler, Response } from 'express';
import * as z from 'zod';

/** How long a browser may keep what has its hash in its name, in seconds. */
const YEAR_SECONDS = 31_536_000;

/** What the build says of each source: the file that was made of it, and what that loads at once. */
const manifestSchema = z.record(
  z.string(),
  z.object({ file: z.string(), imports: z.array(z.string()).default([]), name: z.string().optional() }),
);

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The files that a page loads, by their addresses. */
export interface PageAssets {
  readonly style: string;
  /** Loads what is for later: after the first paint. */
  readonly start: string;
  /** What makes the page live; first what is to be run, then what that loads. */
  readonly later: readonly string[];
}

/** What the browser's part of the page was built into: `web/` beside the program. */
export class Assets {
  readonly #folder: string;
  #manifest: z.output<typeof manifestSchema> | undefined;

  constructor(folder: string = fileURLToPath(new URL('./web/', import.meta.url))) {
    this.#folder = folder;
  }

  /** What the page of this view needs. */
  of(view: string): PageAssets {
    const start = this.#entry('web/src/start.ts');
    const sources = ['web/src/client.tsx', `web/src/pages/${view}.tsx`];
    const all = sources.flatMap((source) => [source, ...(this.#read()[source]?.imports ?? [])]);
    const files = all.map((source) => this.#read()[source]?.file).filter((file) => file !== undefined);
    return {
      style: `/assets/${this.#entry('web/style/main.css').file}`,
      start: `/assets/${start.file}`,
      later: [...new Set(files)].map((file) => `/assets/${file}`),
    };
  }

  /** `GET /assets/:file`: as it was packed by the build, in the best encoding that the browser takes. */
  serve(): RequestHandler {
    return (request, response, next) => {
      const name = String(request.params.file);
      const type = TYPES[name.split('.').at(-1) ?? ''];
      const isKnown = Object.values(this.#read()).some(({ file }) => file === name) || name === 'icon.svg';
      if (!isKnown || type === undefined) return next();
      const { encoding, suffix } = encodingFor(request);
      response.set('Cache-Control', `public, max-age=${name === 'icon.svg' ? 3_600 : YEAR_SECONDS}, immutable`);
      response.set('Vary', 'Accept-Encoding').type(type);
      if (encoding !== undefined) response.set('Content-Encoding', encoding);
      send(response, readFileSync(join(this.#folder, name + suffix)));
    };
  }

  #entry(source: string) {
    const entry = this.#read()[source];
    if (entry === undefined) throw new Error(`the build made nothing of ${source}`);
    return entry;
  }

  #read() {
    this.#manifest ??= manifestSchema.parse(JSON.parse(readFileSync(join(this.#folder, 'manifest.json'), 'utf8')));
    return this.#manifest;
  }
}

function encodingFor(request: Request): { encoding?: string; suffix: string } {
  const accepted = request.acceptsEncodings(['br', 'gzip', 'identity']);
  if (accepted === 'br') return { encoding: 'br', suffix: '.br' };
  return accepted === 'gzip' ? { encoding: 'gzip', suffix: '.gz' } : { suffix: '' };
}

function send(response: Response, body: Buffer): void {
  response.set('Content-Length', String(body.length)).end(response.req.method === 'HEAD' ? undefined : body);
}
