import fc from 'fast-check';
import { integerArray, parseIntegerArray } from './integer-arrays';

describe('parseIntegerArray', () => {
  it('should read no, one and many numbers, negative ones and none', () => {
    expect(['{}', '{7}', '{-12,NULL,0,NULL}', '{NULL}'].map(parseIntegerArray)).toEqual([
      [],
      [7],
      [-12, null, 0, null],
      [null],
    ]);
  });

  it('should read what is written', () => {
    const integer = fc.option(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }), { nil: null });
    fc.assert(
      fc.property(fc.array(integer), (numbers) => {
        expect(parseIntegerArray(integerArray(numbers))).toEqual(numbers);
      }),
    );
  });
});
