import fc from 'fast-check';
import { toPlainText } from './text';

describe('toPlainText', () => {
  it.each([
    ['<b>Steel</b> bottle<script>alert(1)</script>', 'Steel bottle'],
    ['Screws < 5 mm & > 3 mm', 'Screws < 5 mm & > 3 mm'],
    ['a\u0000b\tc\u202Ed', 'a b c d'],
    ['  two   blanks ', 'two blanks'],
    ['<img src=x onerror=alert(1)>', ''],
  ])('should turn %p into %p', (text, plain) => {
    expect(toPlainText(text)).toBe(plain);
  });

  it('should leave no control characters and no outer blanks in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const plain = toPlainText(text);
        expect(plain).not.toMatch(/\p{Cc}/u);
        expect(plain).toBe(plain.trim());
      }),
    );
  });
});
