import { Clock } from '../../src/common/clock';

/** Time that stands still until a test moves it. */
export class FixedClock extends Clock {
  constructor(private time: Date = new Date('2026-11-24T12:00:00Z')) {
    super();
  }

  override now(): Date {
    return new Date(this.time);
  }

  set(time: Date | string): void {
    this.time = new Date(time);
  }

  advance(minutes: number): void {
    this.time = new Date(this.time.getTime() + minutes * 60_000);
  }
}
