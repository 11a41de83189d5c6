import type { Inbox } from './inbox.ts';

/** Row that says that the pull requests of a repository were looked at before; no pull request has this number. */
const LOOKED_AT = 0;

/** Where the heads of pull requests were when somebody last told of them, webhook or poller; on the disk. */
export class PullHeads {
  readonly #inbox: Inbox;

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  /** Heads by number; undefined: this repository was never looked at. */
  async of(repository: number): Promise<ReadonlyMap<number, string> | undefined> {
    const rows = await this.#inbox.database.read(({ db }) =>
      db.selectFrom('pull_heads').select(['number', 'sha']).where('repository', '=', repository).execute(),
    );
    const heads = new Map(rows.map(({ number, sha }) => [number, sha]));
    return heads.delete(LOOKED_AT) ? heads : undefined;
  }

  /** They are told of, or were there before anybody looked. */
  async keep(repository: number, heads: ReadonlyMap<number, string>): Promise<void> {
    await this.#inbox.database.write(async ({ db }) => {
      for (const [number, sha] of [[LOOKED_AT, ''] as const, ...heads])
        await db
          .insertInto('pull_heads')
          .values({ repository, number, sha })
          .onConflict((row) => row.columns(['repository', 'number']).doUpdateSet({ sha }))
          .execute();
    });
  }

  /** One head, told of by a webhook; says nothing of whether the repository was looked at. */
  async told(repository: number, number: number, sha: string): Promise<void> {
    await this.#inbox.database.write(({ db }) =>
      db
        .insertInto('pull_heads')
        .values({ repository, number, sha })
        .onConflict((row) => row.columns(['repository', 'number']).doUpdateSet({ sha }))
        .execute(),
    );
  }
}

/** The id under which the poller tells of a pull request: the same head twice is one delivery. */
export function pollId(repository: number, number: number, sha: string): string {
  return `poll-${repository}-pull-${number}-${sha}`;
}
