/** Units of sizes, each with what one of it is in the unit of its kind. */
const UNITS: Record<string, readonly [kind: string, factor: number]> = {
  mm: ['length', 0.001],
  cm: ['length', 0.01],
  m: ['length', 1],
  meter: ['length', 1],
  meters: ['length', 1],
  metre: ['length', 1],
  metres: ['length', 1],
  inch: ['length', 0.0254],
  inches: ['length', 0.0254],
  ft: ['length', 0.3048],
  feet: ['length', 0.3048],
  ml: ['volume', 0.001],
  cl: ['volume', 0.01],
  l: ['volume', 1],
  liter: ['volume', 1],
  liters: ['volume', 1],
  litre: ['volume', 1],
  litres: ['volume', 1],
  g: ['mass', 0.001],
  kg: ['mass', 1],
  oz: ['mass', 0.028_349_5],
  lb: ['mass', 0.453_592],
  lbs: ['mass', 0.453_592],
  gb: ['memory', 1],
  tb: ['memory', 1024],
  mah: ['charge', 1],
  w: ['power', 1],
  watt: ['power', 1],
  watts: ['power', 1],
};

/** How many pieces, in the languages of the marketplaces that sell most. */
const PACK =
  /(?:pack of|set of|lot de|pack de|paquete de|confezione da|pacco da|conf\. da) (\d{1,4})|(\d{1,4})[ -]?(?:pack|pcs|pieces|count|stück|stuck|er[ -]pack|pièces|unidades|pezzi)/u;
const QUANTITY = /(\d+(?:[.,]\d+)?)\s?-?([a-z]+)/gu;

/** Sizes that a title names, by kind: the first of each, in one unit a kind. */
export function sizesOf(title: string): Map<string, number> {
  const text = title.toLowerCase();
  const sizes = new Map<string, number>();
  for (const [, number = '', word = ''] of text.matchAll(QUANTITY)) {
    const unit = Object.hasOwn(UNITS, word) ? UNITS[word] : undefined;
    const value = Number(number.replace(',', '.'));
    if (unit && value > 0 && !sizes.has(unit[0])) sizes.set(unit[0], value * unit[1]);
  }
  const pack = PACK.exec(text);
  const pieces = Number(pack?.[1] ?? pack?.[2] ?? 0);
  if (pieces > 0) sizes.set('pieces', pieces);
  return sizes;
}

/** 1 where all sizes that both name agree, less by the ratio of each that does not; null where they name none in common. */
export function sizeSimilarity(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number | null {
  let sum = 0;
  let kinds = 0;
  for (const [kind, size] of a) {
    const other = b.get(kind);
    if (other === undefined) continue;
    sum += ratioSimilarity(size, other);
    kinds += 1;
  }
  return kinds === 0 ? null : sum / kinds;
}

/** 1 for equal numbers above 0, a half where one is twice the other. */
export function ratioSimilarity(a: number, b: number): number {
  return Math.min(a, b) / Math.max(a, b);
}
