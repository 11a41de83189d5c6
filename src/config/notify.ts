/** What rules ask for. `failure` and `success`: of each run; the others: when something of the branch changes. */
export const NOTIFY_WHEN = ['broken', 'fixed', 'still_failing', 'error', 'failure', 'success', 'always'] as const;
export type NotifyWhen = (typeof NOTIFY_WHEN)[number];

/** Sinks that are told by a POST of JSON to an address which is itself the secret. */
export const CHATS = ['slack', 'mattermost', 'discord', 'teams'] as const;
export type Chat = (typeof CHATS)[number];

/** An address that only its owner may know: as it was written, or in a file that is read when it is needed. */
export type HookAddress = { readonly url: string } | { readonly file: string };

/** Who or what is told. */
export type NotifyTarget =
  | {
      readonly kind: 'mail';
      /** Addresses, `author` (of the commit since which it is broken, else of the run's) and `owners` (by CODEOWNERS). */
      readonly to: readonly string[];
    }
  | { readonly kind: Chat; readonly address: HookAddress }
  | {
      readonly kind: 'webhook';
      readonly address: HookAddress;
      /** Absolute path of the file with the secret that bodies are signed with; null: not signed. */
      readonly secretFile: string | null;
    };

/** A time of the day, in minutes after midnight, and the zone that it is meant in. */
export interface TimeOfDay {
  readonly minutes: number;
  /** Of the IANA database: `Europe/Berlin`. */
  readonly timezone: string;
}

/** When nothing is sent. `from` after `to`: over midnight. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
}

/** All that came up is told in one message: at each full hour, or at a time of the day. */
export type Digest = 'hourly' | TimeOfDay;

/** Whom to tell what. */
export interface NotifyRule {
  readonly target: NotifyTarget;
  readonly on: readonly NotifyWhen[];
  /** Patterns of branch names, as in workflow files; null: the default branch. */
  readonly branches: readonly string[] | null;
  readonly quiet: QuietHours | null;
  readonly digest: Digest | null;
  /**
   * Most messages that one recipient gets at once within an hour; the rest comes together when it is over. Default 60; of a
   * webhook, which a program reads, null: all of them.
   */
  readonly perHour: number | null;
}

/** When nothing else is said. */
export const DEFAULT_WHEN: readonly NotifyWhen[] = Object.freeze(['broken', 'fixed', 'error']);
/** Most messages an hour when nothing else is said: one a minute is more than anybody reads. */
export const DEFAULT_PER_HOUR = 60;
/** Minutes after midnight of a daily digest when nothing else is said. */
export const DIGEST_AT = 9 * 60;

/** How mail leaves this machine. */
export interface MailSettings {
  /** `smtp://host:port` (with STARTTLS where the server offers it) or `smtps://host:port`; without name and password. */
  readonly smtp: string;
  readonly from: string;
  readonly user: string | null;
  /** In the URL; better in `passwordFile`. */
  readonly password: string | null;
  /** Absolute. */
  readonly passwordFile: string | null;
  /** `auto`: where the server offers it; `always`: or not at all; `never`. Default `auto`. */
  readonly starttls: 'auto' | 'always' | 'never';
  /** Absolute path of certificates that are trusted beside those of the system; null: none. */
  readonly caFile: string | null;
  readonly replyTo: string | null;
  /** Patterns of addresses (`*@example.org`) that authors and owners must fit; null: all. */
  readonly only: readonly string[] | null;
  /** Addresses of those whom CODEOWNERS names otherwise: `@ada`, `@acme/core`. */
  readonly people: ReadonlyMap<string, readonly string[]>;
}
