/** What was deleted with a repository that is not watched any more. */
export interface Forgotten {
  /** How many secrets, those of its environments too. */
  readonly secrets: number;
  /** How many variables, those of its environments too. */
  readonly variables: number;
  /** Was there a token or key of its own? */
  readonly credential: boolean;
}
