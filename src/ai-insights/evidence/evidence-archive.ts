import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Evidence, EvidenceItem, SeriesEvidence } from './evidence';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

type Segments = SeriesEvidence['segments'];

/** Segments one after another: the gap before each, its length and its value, the latter as the difference to the last one that was not null. */
interface Deltas {
  gaps: number[];
  lengths: number[];
  values: (number | null)[];
}

/** An item as it is kept: the same, but for the segments of series. */
type Kept = Exclude<EvidenceItem, SeriesEvidence> | (Omit<SeriesEvidence, 'segments'> & { segments: Deltas });

/** To be kept: about 2.5 bytes a segment, a third of what it takes written out. */
export function archive({ items, ...rest }: Evidence): Promise<Buffer> {
  const kept = Object.entries(items).map(([key, item]): [string, Kept] => [
    key,
    item.type === 'series' ? { ...item, segments: toDeltas(item.segments) } : item,
  ]);
  return compress(JSON.stringify({ ...rest, items: Object.fromEntries(kept) }));
}

/** The inverse of `archive`. */
export async function unarchive(archived: Buffer): Promise<Evidence> {
  const { items, ...rest } = JSON.parse((await decompress(archived)).toString()) as Omit<Evidence, 'items'> & {
    items: Record<string, Kept>;
  };
  const read = Object.entries(items).map(([key, item]): [string, EvidenceItem] => [
    key,
    item.type === 'series' ? { ...item, segments: fromDeltas(item.segments) } : item,
  ]);
  return { ...rest, items: Object.fromEntries(read) };
}

function toDeltas(segments: Segments): Deltas {
  let [last, known] = [0, 0];
  const deltas: Deltas = { gaps: [], lengths: [], values: [] };
  for (const [start, end, value] of segments) {
    deltas.gaps.push(start - last);
    deltas.lengths.push(end - start);
    deltas.values.push(value === null ? null : value - known);
    last = end;
    known = value ?? known;
  }
  return deltas;
}

function fromDeltas({ gaps, lengths, values }: Deltas): Segments {
  let [last, known] = [0, 0];
  return gaps.map((gap, place) => {
    const start = last + gap;
    last = start + (lengths[place] ?? 0);
    const delta = values[place] ?? null;
    if (delta === null) return [start, last, null];
    known += delta;
    return [start, last, known];
  });
}
