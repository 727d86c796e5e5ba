import { crc32, deflateSync } from 'node:zlib';
import { Segment } from '../../common/series';

export const PICTURE_WIDTH = 480;
export const PICTURE_HEIGHT = 96;
const MARGIN = 8;
const LINE_PIXELS = 2;

/** Background, frame and lines, as red, green and blue. */
const PALETTE = [0xff, 0xff, 0xff, 0xe5, 0xe7, 0xeb, 0x1d, 0x4e, 0xd8, 0xea, 0x58, 0x0c];
const FRAME = 1;
const FIRST_LINE = 2;

/** What the lines look like, the first one first. */
export const LINE_COLORS = ['blue', 'orange'] as const;

/**
 * One series or two as steps, from the lowest value to the highest of all, the first one on top: PNG, as mail programs show no SVG. Stretches in which
 * nothing is known, or known to be absent, are left empty.
 * @param from first minute, `to` the last
 * @returns null where there are not two values to see
 */
export function drawSeries(
  lines: readonly [(readonly Segment[])?, (readonly Segment[])?],
  from: number,
  to: number,
): Buffer | null {
  const known = lines.map((segments = []) =>
    segments.filter((segment): segment is Segment & { value: number } => segment.value !== null),
  );
  const values = known.flat().map(({ value }) => value);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  if (lowest >= highest || to <= from) return null;
  const pixels = Array.from({ length: PICTURE_HEIGHT }, () => new Uint8Array(PICTURE_WIDTH));
  const fill = (left: number, right: number, top: number, bottom: number, color: number) => {
    for (let row = top; row <= bottom; row++) pixels[row]?.fill(color, left, right + 1);
  };
  const toX = (minute: number) =>
    MARGIN + Math.round(((minute - from) / (to - from)) * (PICTURE_WIDTH - 2 * MARGIN - LINE_PIXELS));
  const toY = (value: number) =>
    MARGIN + Math.round(((highest - value) / (highest - lowest)) * (PICTURE_HEIGHT - 2 * MARGIN - LINE_PIXELS));
  for (const value of [lowest, highest]) fill(MARGIN, PICTURE_WIDTH - MARGIN - 1, toY(value), toY(value), FRAME);
  for (const [line, segments] of [...known.entries()].reverse()) {
    const color = FIRST_LINE + line;
    segments.forEach(({ start, end, value }, index) => {
      const [y, next] = [toY(value), segments[index + 1]];
      fill(toX(start), toX(end) + LINE_PIXELS - 1, y, y + LINE_PIXELS - 1, color);
      if (next?.start !== end) return;
      const other = toY(next.value);
      fill(toX(end), toX(end) + LINE_PIXELS - 1, Math.min(y, other), Math.max(y, other) + LINE_PIXELS - 1, color);
    });
  }
  return toPng(pixels);
}

/** PNG (W3C Recommendation, third edition): 8 bits of palette index a pixel, no filter. */
function toPng(pixels: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(PICTURE_WIDTH, 0);
  header.writeUInt32BE(PICTURE_HEIGHT, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const rows = Buffer.concat(pixels.flatMap((row) => [Buffer.of(0), row]));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(PALETTE)),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(content), 4);
  return Buffer.concat([frame.subarray(0, 4), content, frame.subarray(4)]);
}
