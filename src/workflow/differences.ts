import type { JobDefinition, WorkflowDefinition } from '../model/workflow.ts';
import { isMapping } from './expressions.ts';
import type { TokenTree } from './read-tokens.ts';

/** What GitHub does with this file and this program does not, each in words; empty: nothing. */
export function findDifferences(definition: WorkflowDefinition, _tree: TokenTree): readonly string[] {
  const others = Object.keys(definition.on.others ?? {});
  const grouped = definition.jobs.filter(hasGroup).map((job) => job.id);
  return [
    ...(others.length === 0
      ? []
      : [`on: nothing starts this workflow for ${others.join(', ')}: these events do not reach this server`]),
    ...(grouped.length === 0
      ? []
      : [`runs-on: there are no groups of runners here; only the labels of ${grouped.join(', ')} count`]),
  ];
}

function hasGroup({ runsOn }: JobDefinition): boolean {
  return isMapping(runsOn) && runsOn.entries.some(([key]) => key === 'group');
}
