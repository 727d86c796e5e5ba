import { LATE_MINUTES, Seen, SeriesName, StoredPoint } from './evidence';

/** Points that were looked at together, in the order in which that was done. */
export type Readings = readonly (readonly StoredPoint[])[];

/** Where a point comes: by the minute in which it became known, and by steps within that. */
export interface Place {
  known: number;
  step: number;
}

/** A point that was looked at after others that became known in its minute or later. */
export interface Straggler extends Place {
  series: SeriesName;
  minute: number;
}

/**
 * The order in which points of a product were looked at. It is that of the minutes in which they became known, as history keeps no more of a time; those
 * that came after others of such a minute, as listings are read one by one, are named. So a rule need not wait for a minute to be over, and a replay
 * takes the same steps.
 */
export class ReadingOrder {
  private readonly places = new Map<string, Place>();

  constructor(stragglers: readonly Straggler[] = []) {
    for (const one of stragglers) this.add(one);
  }

  get isPlain(): boolean {
    return this.places.size === 0;
  }

  add({ series, minute, known, step }: Straggler): void {
    this.places.set(keyOf(series, minute), { known, step });
  }

  /** In the order in which they were looked at. `recorded` of those that are late counts as their minute. */
  readingsOf(points: readonly StoredPoint[]): Readings {
    const placed = points.map((point) => this.placed(point)).sort(byPlace);
    const readings: StoredPoint[][] = [];
    placed.forEach((one, index) => {
      const before = placed[index - 1];
      if (before && byPlace(before, one) === 0) readings.at(-1)?.push(one.point);
      else readings.push([one.point]);
    });
    return readings;
  }

  /** Of the points that were not `seen` yet, those whose minute puts them among, or before, points that were: they come after these. */
  stragglersOf(points: readonly StoredPoint[], seen: Seen): Straggler[] {
    let last: Placed | undefined;
    const fresh: Placed[] = [];
    for (const point of points) {
      if (isLate(point)) continue;
      const placed = this.placed(point);
      if (point.minute > (seen[point.series] ?? -1)) fresh.push(placed);
      else if (last === undefined || byPlace(placed, last) > 0) last = placed;
    }
    if (last === undefined) return [];
    const before = last;
    return fresh
      .filter((one) => !one.isNamed && byPlace(one, before) <= 0)
      .map(({ point: { series, minute } }) => ({ series, minute, known: before.known, step: before.step + 1 }));
  }

  private placed(point: StoredPoint): Placed {
    const place = this.places.get(keyOf(point.series, point.minute));
    if (place) return { point, ...place, isNamed: true };
    return { point, known: isLate(point) ? point.minute : point.recorded, step: 0, isNamed: false };
  }
}

export function isLate({ minute, recorded }: StoredPoint): boolean {
  return recorded - minute > LATE_MINUTES;
}

interface Placed extends Place {
  point: StoredPoint;
  isNamed: boolean;
}

function byPlace(one: Placed, other: Placed): number {
  return one.known - other.known || one.step - other.step || one.point.minute - other.point.minute;
}

function keyOf(series: SeriesName, minute: number): string {
  return `${series}@${String(minute)}`;
}
