import type { Config } from '../../config/config.ts';
import type { NotifyRule } from '../../config/notify.ts';
import type { ApiEvent, ApiRepository, ApiRunDetail } from '../../protocol/api-schema.ts';
import type { Clock } from '../../support/clock.ts';
import type { Body, Facts, Memory, Message, Teller } from '../message.ts';
import { type Decision, decide, decideBack, decideMoved } from './decide.ts';
import { makeNotice } from './make-notice.ts';
import { isAsked } from './match.ts';
import type { Notice } from './notice.ts';
import { type Paced, pace } from './pace.ts';
import { type PeopleFacts, recipients } from './people.ts';
import { type PlacedRule, rulesOf, whyOf } from './placed-rules.ts';
import { releaseAt } from './release.ts';
import { type BrokenSince, NOTHING_KNOWN, type Standing, standingSchema, type Verdict } from './standing.ts';
import { hookSink, MAIL_SINK } from './targets.ts';

/** Finds who owns what a run is about, as CODEOWNERS names them; none where that cannot be told. */
export type OwnersFinder = (run: ApiRunDetail, repository: ApiRepository | undefined) => Promise<readonly string[]>;

/** What the teller of notifications needs. */
export interface NotifyTellerOptions {
  readonly config: Pick<Config, 'defaults' | 'repositories' | 'mail'>;
  readonly owners: OwnersFinder;
  readonly clock: Pick<Clock, 'now'>;
}

/** Turns verdicts into mails and posts, as the rules of their repositories ask. */
export class NotifyTeller implements Teller {
  readonly name = 'notify';
  readonly #options: NotifyTellerOptions;
  readonly #hasRules: boolean;

  constructor(options: NotifyTellerOptions) {
    this.#options = options;
    const { defaults, repositories } = options.config;
    this.#hasRules = [defaults, ...repositories.values()].some(({ notify }) => (notify?.length ?? 0) > 0);
  }

  concerns({ type }: ApiEvent): boolean {
    return this.#hasRules && /^(?:run\.completed|ref\.deleted|ref\.moved)$/.test(type);
  }

  async tell(event: ApiEvent, facts: Facts, memory: Memory): Promise<readonly Message[]> {
    if (event.type === 'ref.deleted') return this.#forget(event, memory);
    if (event.type === 'ref.moved') return this.#back(event, facts, memory);
    const run = event.run === null ? undefined : await facts.run(event.run);
    // an attempt that was overtaken by its rerun says nothing: the end of the rerun does
    if (run === undefined || run.conclusion === null) return [];
    const rules = rulesOf(this.#options.config, run.repository);
    if (rules.length === 0) return [];
    const name = standingName(run);
    const before = read(await memory.recall(name));
    const now = this.#options.clock.now();
    const decision = decide(before, verdictOf(run, run.conclusion), now);
    if (decision === undefined) return [];
    const told = [await this.#messages(quietened(decision, run), run, rules, facts)];
    const moved = await this.#moved(before, decision, run, facts);
    if (moved !== undefined) {
      const from = decision.standing.told?.since;
      told.push(await this.#messages(moved.decision, moved.run, rules, facts, from));
    }
    const last = moved?.decision ?? decision;
    memory.remember(
      name,
      remembered(
        last,
        told.flatMap(({ people }) => people),
      ),
    );
    return pace(
      told.flatMap(({ messages }) => messages),
      memory,
      now,
    );
  }

  /** A branch that is gone takes with it what was said of it: one of the same name is another one. */
  async #forget({ repository, data }: ApiEvent, memory: Memory): Promise<readonly Message[]> {
    if (repository === null || typeof data.ref !== 'string') return [];
    for (const name of await memory.names(beginningOf(repository, data.ref))) memory.remember(name, null);
    return [];
  }

  /** Was a branch that is said to be broken taken back to a commit that passes? */
  async #back({ repository, data }: ApiEvent, facts: Facts, memory: Memory): Promise<readonly Message[]> {
    const { ref, after } = data;
    if (repository === null || typeof ref !== 'string' || typeof after !== 'string') return [];
    const rules = rulesOf(this.#options.config, repository);
    const names = new Set(rules.length === 0 ? [] : await memory.names(beginningOf(repository, ref)));
    if (names.size === 0) return [];
    const told: Paced[] = [];
    for (const { id } of await facts.runsOf(repository, after)) {
      const run = await facts.run(id);
      // the newest run of each workflow comes first, and alone counts
      if (run === undefined || !names.delete(standingName(run)) || run.conclusion !== 'success') continue;
      const decision = decideBack(read(await memory.recall(standingName(run))));
      if (decision === undefined) continue;
      told.push(...(await this.#messages(decision, run, rules, facts)).messages);
      memory.remember(standingName(run), decision.standing);
    }
    return pace(told, memory, this.#options.clock.now());
  }

  /** Did this older commit show that the branch is broken since another one than was told? */
  async #moved(before: Standing, decision: Decision, run: ApiRunDetail, facts: Facts) {
    const { told } = before;
    const isOlder = decision.occasion === 'failure' || decision.occasion === 'success';
    if (told === null || !isOlder || run.number >= told.newest.number) return undefined;
    const newest = await facts.run(told.newest.run);
    const found = newest === undefined ? undefined : decideMoved(decision.standing, sinceOf(newest));
    return newest === undefined || found === undefined ? undefined : { decision: found, run: newest };
  }

  async #messages(
    decision: Decision,
    run: ApiRunDetail,
    rules: readonly PlacedRule[],
    facts: Facts,
    instead?: BrokenSince,
  ): Promise<{ readonly messages: readonly Paced[]; readonly people: readonly string[] }> {
    if (decision.words.length === 0) return { messages: [], people: [] };
    const repository = await facts.repository(run.repository);
    const place = { event: run.event, ref: run.ref, defaultBranch: repository?.default_branch ?? null };
    const asked = rules.filter(({ rule }) => isAsked(rule, decision, place));
    if (asked.length === 0) return { messages: [], people: [] };
    const now = this.#options.clock.now();
    const notice = await makeNotice(run, decision, facts, { at: now, ...(instead === undefined ? {} : { instead }) });
    let owners: Promise<readonly string[]> | undefined;
    const people: PeopleFacts = {
      ...{ event: run.event, author: run.author },
      owners: () => {
        owners ??= this.#options.owners(run, repository);
        return owners;
      },
    };
    const told = new Set<string>();
    const messages: Paced[] = [];
    for (const placed of asked) {
      const { found, all } = await this.#sinks(placed.rule, decision, people);
      for (const address of found) told.add(address);
      for (const { sink, to } of all) {
        // the same one told twice counts once: the second has the same key, and is dropped
        const message = messageOf({ sink, to, placed, decision, notice }, now);
        if (messages.every((one) => one.message.sink !== sink || one.message.key !== message.key))
          messages.push({ message, to, perHour: placed.rule.perHour });
      }
    }
    return { messages, people: [...told] };
  }

  async #sinks(rule: NotifyRule, decision: Decision, people: PeopleFacts) {
    if (rule.target.kind !== 'mail') return { found: [], all: [{ sink: hookSink(rule.target), to: null }] };
    const { mail } = this.#options.config;
    if (mail === null) return { found: [], all: [] };
    const { all, found } = await recipients(rule, decision, people, mail);
    return { found, all: all.map((to) => ({ sink: MAIL_SINK, to })) };
  }
}

/** One message to one recipient; two rules that name the same one make the same key, so that it is told once. */
function messageOf(
  said: {
    readonly sink: string;
    readonly to: string | null;
    readonly placed: PlacedRule;
    readonly decision: Decision;
    readonly notice: Notice;
  },
  now: Date,
): Message {
  const { sink, to, placed, decision, notice } = said;
  const { occasion, breakage } = decision;
  const notBefore = releaseAt(placed.rule, now);
  const body = {
    ...{ to, notice, why: whyOf(placed), note: null, thread: breakage?.id ?? null },
    isFirst: occasion === 'broken',
  };
  const what = occasion === 'moved' ? `moved.${breakage?.since.run}` : occasion;
  return {
    sink,
    key: `${notice.run.id}.${notice.run.attempt}.${what}${to === null ? '' : `:${to}`}`,
    repository: notice.repository,
    body: body as unknown as Body,
    ...(notBefore === null ? {} : { notBefore, bundle: `held:${to ?? ''}` }),
  };
}

/** Runs that this program made on its own, to find a culprit, are nobody's news; what they find is. */
function quietened(decision: Decision, { purpose }: ApiRunDetail): Decision {
  return purpose ? { ...decision, words: [] } : decision;
}

/** The standing with those who heard of the breakage. */
function remembered({ standing }: Decision, people: readonly string[]): Body {
  const { told } = standing;
  if (told === null) return standing;
  return { ...standing, told: { ...told, people: [...new Set([...told.people, ...people])].slice(0, 200) } };
}

function read(stored: unknown): Standing {
  const parsed = standingSchema.safeParse(stored);
  return parsed.success ? parsed.data : NOTHING_KNOWN;
}

function verdictOf(run: ApiRunDetail, conclusion: Verdict['conclusion']): Verdict {
  const { id, number, attempt, sha, author, title } = run;
  return { run: id, number, attempt, conclusion, sha, author, title, brokenSince: sinceOf(run) };
}

/** Since when the branch of a failed run is broken, as the server knows it. */
function sinceOf({ broken_since: since }: ApiRunDetail): BrokenSince | null {
  if (!since || since.run === undefined || since.number === undefined) return null;
  const { run, number, sha, author, title = '', commits_ago: commitsAgo, untested, is_certain: isCertain } = since;
  return { run, number, sha, author, title, commitsAgo, untested, isCertain };
}

function standingName({ repository, ref, event, path, workflow }: ApiRunDetail): string {
  return `${beginningOf(repository, ref)}${JSON.stringify([event, path ?? workflow])}`;
}

function beginningOf(repository: string, ref: string): string {
  return `standing ${JSON.stringify([repository, ref])} `;
}
