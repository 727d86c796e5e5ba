import { decodeCursor, encodeCursor, toPage } from './pagination';

describe('cursor', () => {
  it('should come back as it was', () => {
    expect(decodeCursor(encodeCursor(['größe', '7']), 2)).toEqual(['größe', '7']);
  });

  it('should be nothing when there is none', () => {
    expect(decodeCursor(undefined, 1)).toBeNull();
  });

  it.each(['', 'x', 'W10', encodeCursor(['a', 'b', 'c']), Buffer.from('[1,2]').toString('base64url')])(
    'should be refused when it is mangled: %p',
    (cursor) => {
      expect(() => decodeCursor(cursor, 2)).toThrow('is not a cursor of this list');
    },
  );
});

describe('toPage', () => {
  const page = (rows: number[]) =>
    toPage(
      rows,
      2,
      (row) => [String(row)],
      (row) => row * 10,
    );

  it('should name the last shown row as cursor when there are more', () => {
    expect(page([1, 2, 3])).toEqual({ data: [10, 20], page: { next: encodeCursor(['2']) } });
  });

  it('should have no cursor on the last page', () => {
    expect(page([1, 2])).toEqual({ data: [10, 20], page: { next: null } });
  });
});
