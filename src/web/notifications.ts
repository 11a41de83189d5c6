/** A rule as everybody may see it: without the address of a chat, which is its secret. */
export interface ShownRule {
  /** From 1, in the order of the file. */
  readonly number: number;
  readonly kind: string;
  /** In words: `mail author, ada@example.org`, `slack at hooks.slack.com`. */
  readonly to: string;
  readonly on: readonly string[];
  /** Patterns; null: the default branch. */
  readonly branches: readonly string[] | null;
  /** In words: `22:00 to 07:00 Europe/Berlin`; null: none. */
  readonly quiet: string | null;
  /** `hourly`, or `daily at 09:00 Europe/Berlin`; null: at once. */
  readonly digest: string | null;
  /** Most messages that one recipient gets at once within an hour; null: all. */
  readonly perHour: number | null;
}

/** What a test sends by. */
export interface TestRequest {
  readonly repository: string;
  /** Number of a rule; undefined: all. */
  readonly rule?: number;
  /** Mail address instead of those of the rules. */
  readonly to?: string;
}

/** What came of it for one recipient. */
export interface TestOutcome {
  readonly rule: number;
  readonly to: string;
  readonly isSent: boolean;
  readonly error: string | null;
}

/** What a preview shows. */
export interface PreviewRequest {
  readonly repository: string;
  readonly as: 'text' | 'html' | 'slack' | 'mattermost' | 'discord' | 'teams' | 'webhook';
  readonly occasion: 'broken' | 'still_failing' | 'moved' | 'fixed' | 'failure' | 'success' | 'error' | 'cancelled';
}

/** What the page can do with notifications; the composition root puts the reporter's parts behind it. */
export interface Notifications {
  /** How mail is sent, without password; null: it is not. */
  readonly mail: { readonly smtp: string; readonly from: string; readonly user: string | null } | null;
  /** Does the repository have rules of its own, or those of all? */
  hasOwn(repository: string): boolean;
  rules(repository: string): readonly ShownRule[];
  /** Sends at once, and waits for what comes of it: at most 45 s. */
  test(request: TestRequest): Promise<readonly TestOutcome[]>;
  /** `page`: base of the page's address. */
  preview(request: PreviewRequest, page: string): string;
}
