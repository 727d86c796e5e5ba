/** Ticks of every schedule; the payload names the schedule and its slot. */
export const SCHEDULE_QUEUE = 'schedule';

export interface ScheduleJob {
  schedule: string;
  /** Start of the slot, epoch ms. */
  slot: number;
}
