import { type LowDisk, lowDiskWords } from '../model/disk-floor.ts';
import type { HelloMessage } from '../protocol/hello.ts';

/** Does a runner take jobs? Not before it was welcomed, while it drains, or where its disk has too little room. */
export class RunnerReadiness {
  isWelcome = false;
  #isDraining: boolean;
  /** It knows that it takes no jobs, and leaves when it has none. */
  #isLeaving: boolean;
  #canComeBack: boolean;
  /**
   * It came to finish what it has: the `up` that had started it is gone, and the next one starts another of its name when it has
   * left. It is given nothing, but nobody has drained it.
   */
  readonly #hasSuccessor: boolean;
  #lowDisk: LowDisk | undefined;

  constructor({ isDraining, canResume = false, stays = false, lowDisk }: NonNullable<HelloMessage['runner']>) {
    this.#hasSuccessor = isDraining && stays && !canResume;
    this.#isDraining = isDraining && !this.#hasSuccessor;
    this.#isLeaving = this.#isDraining;
    this.#canComeBack = canResume;
    this.#lowDisk = lowDisk;
  }

  get takesJobs(): boolean {
    return this.isWelcome && !this.#isDraining && !this.#hasSuccessor && this.#lowDisk === undefined;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  get canResume(): boolean {
    return this.#isDraining && (this.#canComeBack || !this.#isLeaving);
  }

  /** Its disk has too little room for a job; undefined: it has room. */
  get lowDisk(): LowDisk | undefined {
    return this.#lowDisk;
  }

  pause(): void {
    this.#isDraining = true;
  }

  /** It goes when it has no more jobs. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** It leaves by its own wish, and cannot be taken back. */
  leaveForGood(): void {
    this.#canComeBack = false;
  }

  resume(): void {
    this.#isDraining = false;
    this.#isLeaving = false;
  }

  /** What it says of its disk now. True: people see a difference. */
  saysOfDisk(low: LowDisk | undefined): boolean {
    const before = this.#lowDisk;
    this.#lowDisk = low;
    return (before && lowDiskWords(before)) !== (low && lowDiskWords(low));
  }
}
