import type { JobContexts } from '../../model/workflow.ts';
import { Masks } from './masker.ts';

/** The masks of a job as it begins: over all its secrets, and its token. */
export function masksOf(contexts: JobContexts): Masks {
  const masks = new Masks();
  for (const secret of Object.values(contexts.secrets)) masks.add(secret);
  const { token } = contexts.github;
  if (typeof token === 'string') masks.add(token);
  return masks;
}
