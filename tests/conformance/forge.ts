import { type FakeForge, startForge } from '../support/fake-forge.ts';

/** A forge that cases may ask by its API. */
export interface CaseForge extends AsyncDisposable {
  /** Variables of a case, with the address of the forge in place of `$FORGE`. */
  fill(vars: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
}

/** Starts one that takes comments on one issue, from who has its token. */
export async function startCaseForge(): Promise<CaseForge> {
  const forge: FakeForge = await startForge();
  forge.onRequest = ({ path, headers, json }) => {
    if (headers.authorization !== 'Bearer token-of-the-forge') return { status: 401 };
    if (!/^\/repos\/[\w-]+\/app\/issues\/7\/comments$/.test(path)) return { status: 404 };
    return { status: 201, body: { body: `${json.body}, taken` } };
  };
  const fill = (vars: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, value.replace('$FORGE', forge.url)]));
  return { fill, [Symbol.asyncDispose]: () => forge[Symbol.asyncDispose]() };
}
