import { nameSimilarity, textTerms, titleTerms } from './terms';

describe('titleTerms', () => {
  it('should hold words and pairs of neighbours, without the brand', () => {
    expect(titleTerms('Acme usb cable', 'Acme')).toEqual(
      new Map([
        ['usb', 1],
        ['cable', 1],
        ['usb cable', 0.7],
      ]),
    );
  });

  it('should take the first word for the brand where nobody told it', () => {
    expect([...titleTerms('Acme kettle', null).keys()]).toEqual(['kettle']);
  });

  it('should count half of what comes late', () => {
    const title = 'a b c d e f g h i j k l late';
    expect(titleTerms(title, 'x').get('late')).toBe(0.5);
  });
});

describe('textTerms', () => {
  it('should damp what bullets repeat and add the words of the title', () => {
    const terms = textTerms('Acme steel kettle', 'steel steel steel boils', 'Acme');
    expect([terms.get('steel'), terms.get('boils'), terms.get('kettle'), terms.get('steel kettle')]).toEqual([
      2 + Math.log(3),
      1,
      1,
      undefined,
    ]);
  });
});

describe('nameSimilarity', () => {
  it('should be the share of words in common', () => {
    expect([
      nameSimilarity('Acme', 'ACME'),
      nameSimilarity('Acme Home', 'Acme'),
      nameSimilarity('Acme', 'Bolt'),
    ]).toEqual([1, 0.5, 0]);
  });
});
