import { wordsOf } from './words';

describe('wordsOf', () => {
  it('should take letters of any language and digits, without accents and case', () => {
    expect(wordsOf('Wasserkocher 1,7L – Edelstahl, Crème; ケトル')).toEqual([
      'wasserkocher',
      '1',
      '7l',
      'edelstahl',
      'creme',
      'ケトル',
    ]);
  });
});
