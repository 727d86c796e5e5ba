import { inflateSync } from 'node:zlib';
import { Segment } from '../../common/series';
import { drawSeries, PICTURE_HEIGHT, PICTURE_WIDTH } from './series-picture';

/** Palette indices. */
const [FIRST, SECOND] = [2, 3];

/** Palette indices by row and column. */
function pixelsOf(png: Buffer | null): number[][] {
  if (!png) throw new Error('there is no picture');
  const start = png.indexOf('IDAT') + 4;
  const rows = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)));
  return Array.from({ length: PICTURE_HEIGHT }, (_, row) => [
    ...rows.subarray(row * (PICTURE_WIDTH + 1) + 1, (row + 1) * (PICTURE_WIDTH + 1)),
  ]);
}

/** Rows that hold the line in a column, from the top. */
const lineAt = (pixels: number[][], column: number, line = FIRST) =>
  pixels.flatMap((row, index) => (row[column] === line ? [index] : []));

const step = (start: number, end: number, value: number | null): Segment => ({ start, end, value });

describe('drawSeries', () => {
  it('should be a PNG of its size', () => {
    const png = drawSeries([[step(0, 50, 10), step(50, 100, 20)]], 0, 100);
    expect(png?.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    expect([png?.readUInt32BE(16), png?.readUInt32BE(20)]).toEqual([PICTURE_WIDTH, PICTURE_HEIGHT]);
    expect(png?.subarray(-8, -4).toString('latin1')).toBe('IEND');
  });

  it('should draw steps, the highest value at the top, joined where one begins as the other ends', () => {
    const pixels = pixelsOf(drawSeries([[step(0, 50, 10), step(50, 100, 20)]], 0, 100));
    expect(lineAt(pixels, 100)).toEqual([86, 87]);
    expect(lineAt(pixels, 400)).toEqual([8, 9]);
    expect(lineAt(pixels, 239)).toHaveLength(80);
  });

  it('should draw nothing where nothing is known, nor join over it', () => {
    const pixels = pixelsOf(drawSeries([[step(0, 30, 10), step(30, 60, null), step(70, 100, 20)]], 0, 100));
    expect(lineAt(pixels, 240)).toEqual([]);
    expect(pixels.flat().filter((pixel) => pixel === FIRST).length).toBeLessThan(600);
  });

  it('should draw two in one range of values, the first one on top', () => {
    const pixels = pixelsOf(drawSeries([[step(0, 100, 20)], [step(0, 50, 20), step(50, 100, 10)]], 0, 100));
    expect([lineAt(pixels, 100), lineAt(pixels, 100, SECOND)]).toEqual([[8, 9], []]);
    expect([lineAt(pixels, 400), lineAt(pixels, 400, SECOND)]).toEqual([
      [8, 9],
      [86, 87],
    ]);
  });

  it('should draw two that never changed where they differ', () => {
    const pixels = pixelsOf(drawSeries([[step(0, 100, 10)], [step(0, 100, 20)]], 0, 100));
    expect([lineAt(pixels, 240), lineAt(pixels, 240, SECOND)]).toEqual([
      [86, 87],
      [8, 9],
    ]);
  });

  it.each([
    ['nothing', []],
    ['one value', [step(0, 100, 10)]],
    ['a value that never changed', [step(0, 40, 10), step(60, 100, 10)]],
    ['only absence', [step(0, 50, null), step(50, 100, null)]],
  ])('should be none of %s', (_, segments) => {
    expect(drawSeries([segments], 0, 100)).toBeNull();
  });
});
