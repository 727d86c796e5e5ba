import { Seen, SeriesName, StoredPoint } from './evidence';
import { isPast, knownAt } from './past';
import { isRival } from './undercut';

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
  /** By minute, where the last of the listing's own readings comes that are named. */
  private readonly captures = new Map<number, Place>();

  constructor(stragglers: readonly Straggler[] = []) {
    for (const one of stragglers) this.add(one);
  }

  add({ series, minute, known, step }: Straggler): void {
    this.places.set(keyOf(series, minute), { known, step });
    if (!isOwn(series)) return;
    const last = this.captures.get(minute);
    if (!last || last.known < known || (last.known === known && last.step < step))
      this.captures.set(minute, { known, step });
  }

  /** In the order in which they were looked at. What is past counts as known in its minute. */
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

  /**
   * Where points that were not `seen` yet come after those that were, though their minute puts one of them among, or before, these: all of them, as they
   * were read together. Of a series of which none was seen, what became known earlier is what no rule looked at until now, and keeps its place.
   * @param seen by all rules of the product: what one of them looks at comes in the same order for the others
   */
  stragglersOf(points: readonly StoredPoint[], seen: Seen): Straggler[] {
    const [old, fresh]: [Placed[], Placed[]] = [[], []];
    for (const point of points) {
      if (!isPast(point)) (point.minute > (seen[point.series] ?? -1) ? fresh : old).push(this.placed(point));
    }
    const last = old.reduce<Placed | null>((latest, one) => (latest && byPlace(one, latest) <= 0 ? latest : one), null);
    if (!last) return [];
    const late = fresh.filter(
      ({ point, known, isNamed }) =>
        !isNamed && (known === last.known || (known < last.known && seen[point.series] !== undefined)),
    );
    if (!late.some((one) => byPlace(one, last) <= 0)) return [];
    const moved = new Set(late.filter(({ point }) => isOwn(point.series)).map(({ point }) => point.minute));
    // A second reading in a minute leaves the first where it is.
    const staying = old.filter(({ point, isNamed }) => !isNamed && isOwn(point.series) && moved.has(point.minute));
    return [
      ...late.map(({ point: { series, minute } }) => ({ series, minute, known: last.known, step: last.step + 1 })),
      ...staying.map(({ point: { series, minute }, known, step }) => ({ series, minute, known, step })),
    ];
  }

  private placed(point: StoredPoint): Placed {
    const plain = { point, known: knownAt(point), step: 0, isNamed: false };
    if (this.places.size === 0) return plain;
    const place = this.places.get(keyOf(point.series, point.minute));
    if (place) return { point, ...place, isNamed: true };
    // What no rule looked at was read with what one did.
    const capture = isOwn(point.series) && !isPast(point) && this.captures.get(point.minute);
    return capture && plain.known <= capture.known ? { ...plain, ...capture } : plain;
  }
}

interface Placed extends Place {
  point: StoredPoint;
  isNamed: boolean;
}

function byPlace(one: Placed, other: Placed): number {
  return one.known - other.known || one.step - other.step || one.point.minute - other.point.minute;
}

/** Whether it is read with the listing itself. */
function isOwn(series: SeriesName): boolean {
  return !isRival(series) && series !== 'new_competitor' && !series.startsWith('source_failing:');
}

function keyOf(series: SeriesName, minute: number): string {
  return `${series}@${String(minute)}`;
}
