import { Column } from 'typeorm';

/** Change points of one listing as parallel arrays (see all-points.ts for how to read them). `minutes` counts differently in each table. */
export abstract class PackedPoints {
  /** METRICS[…].id */
  @Column('smallint', { array: true })
  metrics: number[];

  /** Null: known to be absent. */
  @Column('int', { array: true })
  values: (number | null)[];

  /** How long each value was seen, in minutes: until - minute. */
  @Column('int', { array: true })
  lengths: number[];

  /** SOURCE_IDS */
  @Column('smallint', { array: true })
  sources: number[];

  /** How long after its minute each point was recorded, in minutes. */
  @Column('int', { array: true })
  delays: number[];
}
