// Loaded before a program (`NODE_OPTIONS=--import …`): the clock of `up` is ahead by MOVED_CLOCK_MS. Those of its runners and of
// what they start are not: they compare it with the times of files.
const aheadMs = process.argv[2] === 'up' ? Number(process.env.MOVED_CLOCK_MS) : 0;
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
