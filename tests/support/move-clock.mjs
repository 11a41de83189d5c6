// Loaded before a program (`NODE_OPTIONS=--import …`): its clock is ahead by MOVED_CLOCK_MS, and so are those of the processes
// that it starts.
const aheadMs = Number(process.env.MOVED_CLOCK_MS);
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
