import { type Config, isReuseOn, settingsOf } from '../config/config.ts';
import type { Plan } from '../model/plan.ts';
import { fingerprintOf, hashOf, readsVars, whyNotReusable, whyNotReusableTests } from '../workflow/reuse.ts';

/** What the verdict of a plan depends on beside the plan. */
export interface ReusePlace {
  /** Id of the commit's tree. */
  readonly tree: string;
  readonly event: string;
  /** Full name of the repository. */
  readonly repository: string;
  /** Variables that expressions can read. */
  readonly vars: Readonly<Record<string, string>>;
}

/** What is to be known of some work, whatever the commit and the settings. */
interface Work {
  readonly hash: string;
  readonly readsVars: boolean;
  /** By event: is a verdict of it good for all commits with the tree? */
  readonly isReusable: Map<string, boolean>;
}

/** Says of plans by what a verdict of the same tree can be found. Workflow files stay the same over many commits. */
export class ReusePlans {
  readonly #config: Pick<Config, 'defaults' | 'repositories'> & Partial<Pick<Config, 'labels' | 'actions'>>;
  readonly #known = new WeakMap<object, Work>();

  constructor(config: Pick<Config, 'defaults' | 'repositories'> & Partial<Pick<Config, 'labels' | 'actions'>>) {
    this.#config = config;
  }

  /** The plan with `reuse`; as it is, if it has nothing to do, or if its verdict would say nothing of another commit. */
  of(plan: Plan, place: ReusePlace): Plan {
    const isNothing = plan.definition === undefined && plan.jobs.length === 0;
    if (isNothing || plan.error !== undefined || plan.held !== undefined) return plan;
    const work = this.#workOf(plan);
    if (!isReusable(work, plan, place.event)) return plan;
    const path = plan.path ?? '';
    const settings = this.#settings(place, work.readsVars);
    const parts = { tree: place.tree, event: place.event, path, work: work.hash, settings };
    const { reuse } = settingsOf(this.#config, place.repository);
    return { ...plan, reuse: { parts, fingerprint: fingerprintOf(parts), isOn: isReuseOn(reuse, plan.path) } };
  }

  #workOf({ definition, jobs }: Plan): Work {
    const key = definition ?? jobs;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const reads = definition !== undefined && readsVars(definition);
    const work = { hash: hashOf(definition ?? jobs), readsVars: reads, isReusable: new Map<string, boolean>() };
    this.#known.set(key, work);
    return work;
  }

  #settings({ repository, vars }: ReusePlace, reads: boolean): string {
    const { labels, actions } = this.#config;
    const { dir, envPass, timeoutMs, reports } = settingsOf(this.#config, repository);
    return hashOf({ dir, envPass, timeoutMs, reports, labels, actions, vars: reads ? sorted(vars) : null });
  }
}

function isReusable(work: Work, { definition, jobs }: Plan, event: string): boolean {
  const known = work.isReusable.get(event);
  if (known !== undefined) return known;
  const whyNot = definition === undefined ? whyNotReusableTests(jobs) : whyNotReusable(definition, event);
  work.isReusable.set(event, whyNot === undefined);
  return whyNot === undefined;
}

function sorted(values: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}
