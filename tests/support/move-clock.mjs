// Loaded before a program (`NODE_OPTIONS=--import …`): the clock of `up` is ahead by MOVED_CLOCK_MS. Those of its runners and of
// what they start are not: they compare it with the times of files.
const isUp = process.argv.slice(1, 3).includes('up'); // a program that is `--eval` has no path in front of its arguments
const aheadMs = isUp ? Number(process.env.MOVED_CLOCK_MS) : 0;
const RealDate = Date;

globalThis.Date = class MovedDate extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + aheadMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + aheadMs;
  }
};
