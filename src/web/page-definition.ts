import type { Request } from 'express';
import type { PageView } from '../../web/src/page.ts';
import type { WebContext } from './context.ts';

/** A page: where it is, where its data comes from, and how it looks. */
export interface PageDefinition<Data = unknown> {
  /** As express takes it: `/runs/:id`. */
  readonly path: string;
  readonly view: PageView<Data>;
  /** What `load` returns is JSON without harmful characters as it is. Default: it is made so. */
  readonly isPlain?: true;
  /** Shows something of ours in a frame. Default: no page does. */
  readonly hasFrames?: boolean;
  /**
   * All that the page shows, as JSON. Asked for again whenever something happens that concerns it.
   * @throws {HttpError} with words for the reader, e.g. 404.
   */
  load(context: WebContext, request: Request): Promise<Data>;
}

/** Says that the types of the data fit together, and forgets them, so that pages can stand in one list. */
export function definePage<Data>(page: PageDefinition<Data>): PageDefinition {
  return page as PageDefinition;
}
