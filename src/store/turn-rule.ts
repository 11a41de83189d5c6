import type { Concurrency } from '../model/workflow.ts';

/** What happens to others of its group when somebody asks for a turn, as it is kept in `cancels_in_progress`. */
export type TurnRule = number;

/** It takes the place of those that wait. */
const TAKES_PLACE: TurnRule = 0;
/** Whoever has the turn is cancelled, too. */
const CANCELS: TurnRule = 1;
/** It waits behind those that wait already. */
const WAITS: TurnRule = 2;

export function ruleOf(concurrency: Concurrency | undefined): TurnRule {
  if (concurrency?.isLine === true) return WAITS;
  return concurrency?.cancelInProgress === true ? CANCELS : TAKES_PLACE;
}

export function cancelsHolder(rule: TurnRule): boolean {
  return rule === CANCELS;
}

export function waitsInLine(rule: TurnRule): boolean {
  return rule === WAITS;
}
