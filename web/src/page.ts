import type { VNode } from 'preact';

/** Where a page belongs in the navigation. */
export type Section = 'repositories' | 'queue' | 'runners' | 'deliveries' | 'settings';

/** What the header shows, and what time it is at the server; comes with the data of each page. */
export interface Header {
  /** ISO 8601. */
  readonly now: string;
  /** Jobs that wait. */
  readonly waiting: number;
  readonly slots: number;
  readonly busy: number;
  /** Runners that are connected. */
  readonly runners: number;
}

/** The header, and who looks at it. */
export interface Frame extends Header {
  /** Who is likely to look at it, where that is on the machine of the server; null: nobody knows. */
  readonly person: string | null;
}

/** Events that change what a page shows: whatever is given here has to fit. */
export interface Interest {
  /** How the type of the event begins: `job.`. */
  readonly type?: string;
  readonly repository?: string;
  readonly run?: number;
  readonly job?: number;
}

/** What an open page is told when something happened that concerns it. */
export interface PageNews {
  /** The newest event. */
  readonly upTo: number;
  /** How long it waits between two questions, in milliseconds: more where many pages ask. */
  readonly pauseMs: number;
}

/** How a page looks, rendered by the server and by the browser from the same data, which is JSON. */
export interface PageView<Data> {
  /** Its name in `views.ts`. */
  readonly name: string;
  readonly section: Section | null;
  /** Class of the element around header and main part, for pages that lay out both. */
  readonly className?: string;
  /** The sentence of the page, and the name of its tab. */
  title(data: Data): string;
  /** What a screen reader is told when it changes: a verdict, never progress. Default: nothing. */
  said?(data: Data): string;
  /** Which events change the data? Default: none does. */
  concernedBy?(data: Data): readonly Interest[];
  /** Ask for the data this often too, in milliseconds, for what no event tells. Default: never. */
  readonly everyMs?: number;
  /** Told in the place of a page: asking again would find nothing that it could show. */
  readonly isProblem?: boolean;
  Component(props: { readonly data: Data }): VNode | null;
}

/** What is sent of a page: in the HTML for the browser, and as JSON to who asks with `Accept: application/json`. */
export interface PageContents<Data = unknown> {
  readonly page: string;
  readonly frame: Frame;
  readonly data: Data;
}
