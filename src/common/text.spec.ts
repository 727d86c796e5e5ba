import fc from 'fast-check';
import { shortened, toPlainText, vendorText } from './text';

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

describe('vendorText', () => {
  it('should take half a surrogate pair out, also where the text is cut within one', () => {
    expect(vendorText('a\uD83Db', 10)).toBe('ab');
    expect(vendorText('ab🫖c', 3)).toBe('ab');
    expect(vendorText('ab🫖c', 4)).toBe('ab🫖');
  });
});

describe('shortened', () => {
  it('should count characters, the dots among them', () => {
    expect(shortened('🫖🫖🫖', 3)).toBe('🫖🫖🫖');
    expect(shortened('🫖🫖🫖🫖', 3)).toBe('🫖🫖…');
  });
});
