// Given to a process by --import: its clock goes FAULTS_CLOCK_MS ahead of, or behind, everybody else's.
const shiftMs = Number(process.env.FAULTS_CLOCK_MS ?? "0");
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + shiftMs);
    else super(...given);
  }
  static now() {
    return RealDate.now() + shiftMs;
  }
};
