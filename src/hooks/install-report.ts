/** What was done about one file or folder. */
export interface InstallStep {
  /** Absolute. */
  readonly path: string;
  /** In words, to follow the path: `installed`, `is there already`. */
  readonly what: string;
  readonly isChange: boolean;
}

/** What was done, in words, in the order in which it was done. */
export interface InstallReport {
  /** The git folder that all work trees of the repository share. */
  readonly commonDir: string;
  readonly steps: readonly InstallStep[];
  /** False if all was as it should be already. */
  readonly isChanged: boolean;
}

/** Puts the steps of one command together. */
export function reportOf(commonDir: string, steps: readonly InstallStep[]): InstallReport {
  return { commonDir, steps, isChanged: steps.some((step) => step.isChange) };
}
