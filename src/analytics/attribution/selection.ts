/**
 * Bayesian choice of regressors under AR(1) noise.
 */

/** One way in which a cause may have acted. */
export interface Term {
  /** Which cause it is a form of; a model holds one form of each. */
  cause: number;
  values: Float64Array;
  /** Normal prior of its effect. */
  mean: number;
  scale: number;
  /** Whether the effect cannot be below 0. */
  signed: boolean;
  /** Prior probability that the cause acts, in this form. */
  logOdds: number;
}

/** A model at a correlation: its share of the posterior, and the effects in it. */
export interface Component {
  weight: number;
  effects: { term: number; mean: number; deviation: number }[];
}

export interface Selection {
  components: Component[];
  /** Log evidence of the model, prior included, for comparisons with the same data. */
  evidence(terms: readonly number[]): number;
  /** Terms of the most probable model. */
  best: number[];
}

const CORRELATIONS = [0.1, 0.35, 0.55, 0.7, 0.82, 0.92];
/** Of them those that matter once single terms were tried. */
const KEPT_CORRELATIONS = 3;
const KEPT_FORMS = 3;
/** Models of each size that are looked at with one more term. */
const BEAM = 24;
const LARGEST_MODEL = 5;
const MAD_TO_SD = 1.4826;
/** Models of less than this share of the best one are left out (Occam's window: Madigan and Raftery 1994). */
const OCCAM = 1e-4;

/**
 * @param days places of the values, ascending; gaps between them are fine
 * @param nuisance columns whose effects are of no interest and have no prior
 */
export function select(
  days: readonly number[],
  outcome: Float64Array,
  nuisance: readonly Float64Array[],
  terms: readonly Term[],
): Selection {
  const all = CORRELATIONS.map((correlation) => new Whitened(days, outcome, nuisance, terms, correlation));
  // Which forms and correlations matter at all, by each term alone.
  const single = terms.map((_, term) => all.map((whitened) => whitened.fit([term])?.evidence ?? -Infinity));
  const none = all.map((whitened) => whitened.fit([])?.evidence ?? -Infinity);
  const byCorrelation = all.map((_, index) =>
    logSum([none[index] ?? -Infinity, ...single.map((each) => each[index] ?? -Infinity)]),
  );
  const kept = largest(byCorrelation, KEPT_CORRELATIONS)
    .map((index) => all[index])
    .filter((each) => each !== undefined);
  const strengths = single.map(logSum);
  const candidates = [...new Set(terms.map(({ cause }) => cause))].flatMap((cause) => {
    const forms = terms.flatMap((term, index) => (term.cause === cause ? [index] : []));
    return largest(
      forms.map((index) => strengths[index] ?? -Infinity),
      KEPT_FORMS,
    ).map((place) => forms[place] ?? 0);
  });
  const known = new Map<string, Fitted>();
  const fitted = (model: readonly number[]): Fitted => {
    const key = model.join();
    let found = known.get(key);
    if (!found) {
      const fits = kept.map((whitened) => whitened.fit(model));
      found = { model: [...model], fits, evidence: logSum(fits.map((fit) => fit?.evidence ?? -Infinity)) };
      known.set(key, found);
    }
    return found;
  };
  let layer = [fitted([])];
  for (let size = 1; size <= LARGEST_MODEL; size++) {
    const next = new Map<string, Fitted>();
    for (const { model } of layer) {
      for (const term of candidates) {
        if (model.some((each) => terms[each]?.cause === terms[term]?.cause)) continue;
        const larger = [...model, term].sort((a, b) => a - b);
        const key = larger.join();
        if (!next.has(key)) next.set(key, fitted(larger));
      }
    }
    layer = [...next.values()].sort((a, b) => b.evidence - a.evidence).slice(0, BEAM);
    const top = Math.max(...[...known.values()].map(({ evidence }) => evidence));
    if ((layer[0]?.evidence ?? -Infinity) < top + Math.log(OCCAM)) break;
  }
  const models = [...known.values()].sort((a, b) => b.evidence - a.evidence);
  const top = models[0]?.evidence ?? 0;
  const inside = models.filter(({ evidence }) => evidence > top + Math.log(OCCAM));
  const total = logSum(inside.map(({ evidence }) => evidence));
  const components = inside.flatMap(({ model, fits }) =>
    fits.flatMap((fit) => {
      const weight = fit ? Math.exp(fit.evidence - total) : 0;
      if (!fit || weight < OCCAM / 10) return [];
      return [
        {
          weight,
          effects: model.map((term, place) => ({
            term,
            mean: fit.means[place] ?? 0,
            deviation: fit.deviations[place] ?? 0,
          })),
        },
      ];
    }),
  );
  const sum = components.reduce((weights, { weight }) => weights + weight, 0);
  return {
    components: components.map((component) => ({ ...component, weight: component.weight / sum })),
    evidence: (model) => fitted(model.toSorted((a, b) => a - b)).evidence,
    best: models[0]?.model ?? [],
  };
}

interface Fit {
  evidence: number;
  means: number[];
  deviations: number[];
}

interface Fitted {
  model: number[];
  fits: (Fit | null)[];
  evidence: number;
}

/** The data freed of a correlation and of the nuisance. */
class Whitened {
  private readonly gram: Float64Array;
  private readonly moments: Float64Array;
  private readonly squares: number;
  private readonly freedoms: number;
  private readonly constant: number;
  private readonly precisions: Float64Array;
  private readonly logOdds: number;

  constructor(
    days: readonly number[],
    outcome: Float64Array,
    nuisance: readonly Float64Array[],
    private readonly terms: readonly Term[],
    correlation: number,
  ) {
    const pasts = days.map((day, index) => (index === 0 ? 0 : correlation ** (day - (days[index - 1] ?? day))));
    const spreads = pasts.map((past) => Math.sqrt(1 - past * past));
    const whiten = (values: Float64Array) =>
      values.map((value, index) => (value - (pasts[index] ?? 0) * (values[index - 1] ?? 0)) / (spreads[index] ?? 1));
    let constant = -spreads.reduce((sum, spread) => sum + Math.log(spread), 0);
    const basis: Float64Array[] = [];
    const free = (values: Float64Array) => {
      for (const each of basis) {
        const share = dot(values, each);
        for (let index = 0; index < values.length; index++)
          values[index] = (values[index] ?? 0) - share * (each[index] ?? 0);
      }
      return values;
    };
    for (const column of nuisance) {
      const whitened = whiten(column);
      const before = Math.sqrt(dot(whitened, whitened));
      const rest = free(whitened);
      const length = Math.sqrt(dot(rest, rest));
      if (length <= 1e-8 * before) continue;
      constant -= Math.log(length);
      basis.push(rest.map((value) => value / length));
    }
    const left = free(whiten(outcome));
    const columns = terms.map(({ values }) => free(whiten(values)));
    this.squares = dot(left, left);
    this.freedoms = days.length - basis.length;
    this.constant = constant;
    this.moments = Float64Array.from(columns, (column) => dot(column, left));
    const count = terms.length;
    this.gram = new Float64Array(count * count);
    for (let row = 0; row < count; row++) {
      for (let column = 0; column <= row; column++) {
        const product = dot(columns[row] ?? left, columns[column] ?? left);
        this.gram[row * count + column] = product;
        this.gram[column * count + row] = product;
      }
    }
    // What a change of level makes a few large values of: the median does not see them.
    const sizes = left.map(Math.abs).sort();
    const noise = Math.max(
      (MAD_TO_SD * (sizes[sizes.length >> 1] ?? 0)) ** 2,
      (1e-6 * this.squares) / days.length,
      1e-12,
    );
    this.precisions = Float64Array.from(terms, ({ scale }) => noise / scale ** 2);
    this.logOdds = 0;
  }

  fit(model: readonly number[]): Fit | null {
    const size = model.length;
    const count = this.terms.length;
    // Cholesky of the posterior precision.
    const lower = new Float64Array(size * size);
    const half = new Float64Array(size);
    let [determinant, priorSquares, odds] = [0, 0, this.logOdds];
    for (let row = 0; row < size; row++) {
      const term = model[row] ?? 0;
      const precision = this.precisions[term] ?? 1;
      const prior = this.terms[term]?.mean ?? 0;
      let moment = (this.moments[term] ?? 0) + precision * prior;
      priorSquares += precision * prior * prior;
      odds += this.terms[term]?.logOdds ?? 0;
      for (let column = 0; column <= row; column++) {
        let value = this.gram[term * count + (model[column] ?? 0)] ?? 0;
        if (column === row) value += precision;
        for (let before = 0; before < column; before++)
          value -= (lower[row * size + before] ?? 0) * (lower[column * size + before] ?? 0);
        if (column < row) lower[row * size + column] = value / (lower[column * size + column] ?? 1);
        else {
          if (value <= 0) return null;
          lower[row * size + row] = Math.sqrt(value);
          determinant += Math.log(value / precision);
        }
      }
      for (let before = 0; before < row; before++) moment -= (lower[row * size + before] ?? 0) * (half[before] ?? 0);
      half[row] = moment / (lower[row * size + row] ?? 1);
    }
    const rest = Math.max(this.squares + priorSquares - dot(half, half), 1e-12 * this.squares, 1e-300);
    const noise = rest / this.freedoms;
    const means = new Array<number>(size).fill(0);
    const deviations = new Array<number>(size).fill(0);
    let evidence = odds + this.constant - determinant / 2 - (this.freedoms / 2) * Math.log(rest);
    for (let row = size - 1; row >= 0; row--) {
      let value = half[row] ?? 0;
      for (let after = row + 1; after < size; after++) value -= (lower[after * size + row] ?? 0) * (means[after] ?? 0);
      means[row] = value / (lower[row * size + row] ?? 1);
    }
    for (let row = 0; row < size; row++) {
      // The diagonal of the inverse: squares of the column of the inverse factor.
      const inverse = new Float64Array(size);
      let variance = 0;
      for (let place = row; place < size; place++) {
        let value = place === row ? 1 : 0;
        for (let before = row; before < place; before++)
          value -= (lower[place * size + before] ?? 0) * (inverse[before] ?? 0);
        inverse[place] = value / (lower[place * size + place] ?? 1);
        variance += (inverse[place] ?? 0) ** 2;
      }
      deviations[row] = Math.sqrt(noise * variance);
      const term = this.terms[model[row] ?? 0];
      if (term?.signed) {
        const deviation = deviations[row] ?? 1;
        evidence += logNormalShare((means[row] ?? 0) / deviation) - logNormalShare(term.mean / term.scale);
      }
    }
    return { evidence, means, deviations };
  }
}

function dot(first: Float64Array, second: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < first.length; index++) sum += (first[index] ?? 0) * (second[index] ?? 0);
  return sum;
}

function logSum(values: readonly number[]): number {
  const top = Math.max(...values);
  if (top === -Infinity) return top;
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/** Places of the largest values. */
function largest(values: readonly number[], count: number): number[] {
  return values
    .map((_, index) => index)
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b)
    .slice(0, count);
}

/** Logarithm of the normal distribution function. */
function logNormalShare(z: number): number {
  if (z > -6) return Math.log(normalShare(z));
  // Its tail (Mills' ratio; Abramowitz and Stegun 1964, 26.2.12).
  return (-z * z) / 2 - Math.log(-z * Math.sqrt(2 * Math.PI)) + Math.log1p(-1 / (z * z));
}

/** Abramowitz and Stegun 1964, 7.1.26. */
export function normalShare(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const tail =
    (t *
      (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
      Math.exp(-x * x)) /
    2;
  return z > 0 ? 1 - tail : tail;
}
