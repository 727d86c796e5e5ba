import fc from 'fast-check';
import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { FOREIGN, readAmount, readCount, readLowerBound, readStars } from './amount';

describe('readAmount', () => {
  it.each<[text: string, marketplace: Marketplace, minor: number]>([
    ['$15.99', 'US', 1599],
    ['$1,299.00', 'US', 129900],
    ['$1,299', 'US', 129900],
    ['$32.97 with 34 percent savings', 'US', 3297],
    ['CDN$ 154.71', 'CA', 15471],
    ['$2,281.82', 'MX', 228182],
    ['R$ 1.499,99', 'BR', 149999],
    ['R$ 303 , 05', 'BR', 30305],
    ['£8.99', 'GB', 899],
    ['EUR 1.099,00', 'DE', 109900],
    ['€ 1.599,00 met een besparing van 18 procent', 'NL', 159900],
    ['€429.00', 'NL', 42900],
    ['1.013,76 €', 'DE', 101376],
    ['1\u202f013,76\u00a0€', 'FR', 101376],
    ['1 299,00 kr', 'SE', 129900],
    ['1 234,56 zł', 'PL', 123456],
    ['1.234,56 TL', 'TR', 123456],
    ['AED 1,234.50', 'AE', 123450],
    ['١٬٢٣٤٫٥٠ جنيه', 'EG', 123450],
    ['R 1,299.00', 'ZA', 129900],
    ['₹1,08,999', 'IN', 10899900],
    ['₹1,08,999.50', 'IN', 10899950],
    ['Rs. 499.00', 'IN', 49900],
    ['￥24,800', 'JP', 24800],
    ['24,800円', 'JP', 24800],
    ['S$12.5', 'SG', 1250],
    ['List Price: $49.99$49.99', 'US', 4999],
  ])('should read %s in %s', (text, marketplace, minor) => {
    expect(readAmount(text, marketplace)).toBe(minor);
  });

  it.each<[why: string, text: string, marketplace: Marketplace]>([
    ['a range', '$10.99 - $15.99', 'US'],
    ['a negative amount', '-$5.00', 'US'],
    ['a percentage', '-34%', 'US'],
    ['words', 'Currently unavailable', 'US'],
    ['nothing', '', 'US'],
    ['a number among words', 'Only 3 left', 'US'],
    ['more than a database integer', '$99,999,999.00', 'US'],
  ])('should read no amount from %s', (_, text, marketplace) => {
    expect(readAmount(text, marketplace)).toBeUndefined();
  });

  it.each<[text: string, marketplace: Marketplace]>([
    ['US$19.99', 'CA'],
    ['EUR 19,99', 'US'],
    ['PHP 1,234.00', 'US'],
    ['NT$412', 'JP'],
    ['£5.00', 'DE'],
    ['RUB 1,363.86', 'US'],
  ])('should refuse %s in %s', (text, marketplace) => {
    expect(readAmount(text, marketplace)).toBe(FOREIGN);
  });

  it('should read back what any marketplace writes, however it groups and divides', () => {
    const styles: [group: string, point: string][] = [
      [',', '.'],
      ['.', ','],
      ['\u00a0', ','],
      ['\u202f', ','],
      [' ', ','],
      ["'", '.'],
      ['', '.'],
      ['', ','],
    ];
    const marketplaces = Object.keys(MARKETPLACES) as Marketplace[];
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000_000_000 }),
        fc.constantFrom(...styles),
        fc.constantFrom(...marketplaces),
        fc.boolean(),
        (minor, [group, point], marketplace, signFirst) => {
          const { currency, exponent } = MARKETPLACES[marketplace];
          const digits = String(minor).padStart(exponent + 1, '0');
          const whole = exponent === 0 ? digits : digits.slice(0, -exponent);
          const grouped = whole.replace(/\B(?=(\d{3})+$)/g, group);
          const amount = exponent === 0 ? grouped : `${grouped}${point}${digits.slice(-exponent)}`;
          expect(readAmount(signFirst ? `${currency} ${amount}` : `${amount} ${currency}`, marketplace)).toBe(minor);
        },
      ),
    );
  });
});

describe('readCount', () => {
  it.each([
    ['1,594 ratings', 1594],
    ['(2.125)', 2125],
    ['5.182 valoraciones', 5182],
    ['11個の評価', 11],
    ['1 commentaire client', 1],
    ['56 Kundenrezensionen', 56],
    ['1\u202f234 évaluations', 1234],
    ['١٬٢٣٤ تقييم', 1234],
  ])('should read %s', (text, count) => {
    expect(readCount(text)).toBe(count);
  });

  it.each(['(1.2K)', '(1.2L)', '1,2 mil', '28 mil', '1.2万', 'Be the first to review this item'])(
    'should not make a number of %s',
    (text) => {
      expect(readCount(text)).toBeUndefined();
    },
  );
});

describe('readLowerBound', () => {
  it.each([
    ['600+ bought in past month', 600],
    ['1K+ bought in past month', 1000],
    ['Mais de 5 mil compras no mês passado', 5000],
    ['過去1か月で1万点以上購入されました', 10_000],
    ['過去1か月で500点以上購入されました', 500],
    ['Ponad 100 kupionych w zeszłym miesiącu', 100],
    ['1000+ Mal im letzten Monat gekauft', 1000],
  ])('should read %s', (text, bound) => {
    expect(readLowerBound(text)).toBe(bound);
  });
});

describe('readStars', () => {
  it.each([
    ['4.7 out of 5 stars', 47],
    ['5.0 out of 5 stars', 50],
    ['4,8 de 5 estrelas', 48],
    ['4.5 von 5 Sternen', 45],
    ['3.0 étoiles sur 5', 30],
    ['5つ星のうち4.8', 48],
    ['5 yıldız üzerinden 4,5', 45],
    ['٤٫٥ من ٥ نجوم', 45],
    ['5', 50],
  ])('should read %s', (text, tenths) => {
    expect(readStars(text)).toBe(tenths);
  });

  it('should read nothing from a number that is no rating', () => {
    expect(readStars('47 of 100')).toBeUndefined();
  });
});
