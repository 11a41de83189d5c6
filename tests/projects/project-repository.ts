import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Json } from '../../src/model/workflow.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import type { Occasion, Project } from './read-projects.ts';

/** A project as a real repository, whose commits are made one after the other. */
export interface ProjectRepository extends TestRepository {
  /** Makes the commit of an occasion, and its tag, unless they are there; the sha. */
  make(occasion: Occasion): Promise<string>;
  /** What a forge would tell of it; undefined: no more than a push says. */
  payload(occasion: Occasion): Promise<{ readonly [key: string]: Json } | undefined>;
}

/** The full ref that an occasion is on. */
export function refOf(occasion: Occasion): string {
  if (occasion.event === 'pull_request') return `refs/pull/${numberOf(occasion)}/merge`;
  return occasion.tag === undefined ? 'refs/heads/main' : `refs/tags/${occasion.tag}`;
}

function numberOf({ payload }: Occasion): number {
  return payload?.number ?? 1;
}

/** The repository of a project, with a first commit that is empty. */
export async function projectRepository({ name, folder }: Project): Promise<ProjectRepository> {
  const repository = await createRepository({}, name);
  const made = new Map<string, string>();
  const base = await repository.commit('begin');
  const make = async (occasion: Occasion) => {
    const sha = made.get(occasion.name) ?? (await commit(occasion));
    made.set(occasion.name, sha);
    if (occasion.tag !== undefined) await repository.git('tag', '-f', occasion.tag, sha);
    return sha;
  };
  const commit = async (occasion: Occasion) => {
    const { name: layer, message = layer, remove } = occasion;
    const from = join(folder, layer === 'green' ? 'repository' : layer);
    if (existsSync(from)) await cp(from, repository.path, { recursive: true });
    for (const path of remove) await rm(join(repository.path, path));
    return repository.commit(message);
  };
  const payload = async (occasion: Occasion) => {
    const own = { full_name: `local/${name}`, fork: false, default_branch: 'main' };
    const told = occasion.payload as { readonly [key: string]: Json } | undefined;
    if (occasion.event !== 'pull_request') return told;
    const head = { sha: await make(occasion), ref: 'topic', repo: own };
    const number = numberOf(occasion);
    const said = { number, head, base: { sha: base, ref: 'main', repo: own } };
    const pull = { ...said, ...occasion.payload?.pull_request } as unknown as Json;
    return { ...told, number, pull_request: pull, repository: own, sender: { login: 'ada' } };
  };
  return { ...repository, make, payload, [Symbol.asyncDispose]: () => repository[Symbol.asyncDispose]() };
}
