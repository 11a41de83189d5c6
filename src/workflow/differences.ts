import type { WorkflowDefinition } from '../model/workflow.ts';
import type { TokenTree } from './read-tokens.ts';

/** What GitHub does with this file and this program does not, each in words; empty: nothing. */
export function findDifferences(definition: WorkflowDefinition, _tree: TokenTree): readonly string[] {
  const others = Object.keys(definition.on.others ?? {});
  if (others.length === 0) return [];
  return [`on: nothing starts this workflow for ${others.join(', ')}: these events do not reach this server`];
}
