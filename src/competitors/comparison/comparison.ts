import { median } from 'simple-statistics';
import { Marketplace, MARKETPLACES } from '../../common/marketplace';
import { isoMinute } from '../../common/minute';
import { withoutNoise } from '../../common/round';
import { KnownHistory } from '../../price-history/price-history.service';
import {
  ComparedListingView,
  ComparisonResult,
  ContentView,
  DifferenceView,
  FigureView,
  StandingView,
} from '../dto/analysis.view';
import { leadOf } from './lead';
import { positionOf } from './market-position';
import { Figure, Measured, MEASURE_NAMES, MeasureName, Measures, measuresOf, MEASURES, Missing } from './measures';

/** A listing as it is compared. */
export interface Compared {
  /** Null: the product itself. */
  competitorId: string | null;
  asin: string;
  title: string | null;
  bullets: string[] | null;
  imageCount: number | null;
  bsrCategory: string | null;
  bsrSubCategory: string | null;
  history: KnownHistory;
}

interface Subject extends Compared {
  measures: Measures;
}

/**
 * Compares a product with its rivals as known at the minute `at`. What one of two lacks is compared in neither; ranks count only
 * where both are in the same category.
 */
export function compare(own: Compared, rivals: readonly Compared[], at: number): ComparisonResult {
  const product = measured(own, own, at);
  const others = rivals.map((rival) => measured(rival, own, at));
  const standings = Object.fromEntries(
    MEASURE_NAMES.map((name) => [name, standing(name, product, others, at)]),
  ) as Record<MeasureName, StandingView | null>;
  return {
    own: listingView(product),
    competitors: others.map((rival) => ({
      ...listingView(rival),
      competitorId: rival.competitorId ?? '',
      differences: Object.fromEntries(
        MEASURE_NAMES.flatMap((name) => {
          const difference = differenceOf(name, product, rival, at);
          return difference ? [[name, difference]] : [];
        }),
      ),
    })),
    standings,
    position: positionOf(standings),
  };
}

function measured(listing: Compared, own: Compared, at: number): Subject {
  const measures = measuresOf(listing.history, at);
  // A rank of which the category is not known is no better than one of another category.
  if (listing !== own) {
    if (!sameCategory(listing.bsrCategory, own.bsrCategory)) measures.bsr = otherCategory(measures.bsr);
    if (!sameCategory(listing.bsrSubCategory, own.bsrSubCategory)) measures.bsrSub = otherCategory(measures.bsrSub);
  }
  return { ...listing, measures };
}

function sameCategory(one: string | null, other: string | null): boolean {
  return one !== null && one === other;
}

function otherCategory(measure: Measured): Measured {
  return measure.figure ? { figure: null, missing: 'other_category', segments: [] } : measure;
}

function listingView(subject: Subject): ComparedListingView {
  const { asin, title, history, measures } = subject;
  const figures: Record<string, FigureView> = {};
  const missing: Record<string, Missing> = {};
  for (const name of MEASURE_NAMES) {
    const { figure, missing: reason } = measures[name];
    if (figure) figures[name] = figureView(name, figure, history.marketplace);
    else if (reason) missing[name] = reason;
  }
  const { bsrCategory, bsrSubCategory } = subject;
  return { asin, title, bsrCategory, bsrSubCategory, content: contentOf(subject), figures, missing };
}

function contentOf({ title, bullets, imageCount }: Compared): ContentView {
  return { titleLength: title?.length ?? null, bullets: bullets?.length ?? null, images: imageCount };
}

function figureView(
  name: MeasureName,
  { value, since, until, metrics, sources }: Figure,
  marketplace: Marketplace,
): FigureView {
  return {
    value: withoutNoise(value),
    ...unitOf(name, marketplace),
    since: isoMinute(since),
    confirmedAt: isoMinute(until),
    metrics,
    sources,
  };
}

function unitOf(name: MeasureName, marketplace: Marketplace): { unit: string; scale: number } {
  const { unit } = MEASURES[name];
  const { currency, exponent } = MARKETPLACES[marketplace];
  return unit === 'money' ? { unit: currency, scale: exponent } : { unit, scale: 0 };
}

function differenceOf(name: MeasureName, own: Subject, rival: Subject, at: number): DifferenceView | undefined {
  const [ours, theirs] = [own.measures[name].figure, rival.measures[name].figure];
  if (!ours || !theirs) return undefined;
  const lead = leadAmong(name, [own, rival], at);
  const leads = (subject: Subject) => lead?.leaders.includes(keyOf(subject)) ?? false;
  return {
    difference: withoutNoise(ours.value - theirs.value),
    ratio: theirs.value === 0 ? null : withoutNoise(ours.value / theirs.value),
    leader: lead === null ? null : leads(own) && leads(rival) ? 'tie' : leads(own) ? 'own' : 'competitor',
    since: lead?.since === undefined ? null : isoMinute(lead.since),
    atLeast: lead?.atLeast ?? false,
  };
}

/** Where the product stands among all that have a number; null when it has none, or no rival has. */
function standing(name: MeasureName, own: Subject, rivals: readonly Subject[], at: number): StandingView | null {
  const ours = own.measures[name].figure;
  const known = rivals.filter((rival) => rival.measures[name].figure !== null);
  if (!ours || known.length === 0) return null;
  const theirs = known.map((rival) => rival.measures[name].figure?.value ?? 0);
  const middle = median(theirs);
  const { better, tie } = MEASURES[name];
  const lead = leadAmong(name, [own, ...known], at);
  const sign = better === 'lower' ? 1 : -1;
  return {
    of: known.length + 1,
    place: better === null ? null : 1 + theirs.filter((value) => sign * value < sign * ours.value - tie).length,
    ...unitOf(name, own.history.marketplace),
    own: withoutNoise(ours.value),
    medianOfCompetitors: withoutNoise(middle),
    index: middle === 0 ? null : withoutNoise(ours.value / middle),
    leaders: [own, ...known]
      .filter((subject) => lead?.leaders.includes(keyOf(subject)))
      .map(({ competitorId, asin }) => ({ competitorId, asin })),
    since: lead?.since === undefined ? null : isoMinute(lead.since),
    atLeast: lead?.atLeast ?? false,
  };
}

interface LeadNow {
  leaders: string[];
  since?: number;
  atLeast: boolean;
}

/** What is counted over a span has no history of its own: there it is told who leads, and not since when. */
function leadAmong(name: MeasureName, subjects: readonly Subject[], at: number): LeadNow | null {
  const { better, tie } = MEASURES[name];
  if (better === null) return null;
  const series = subjects.map((subject) => {
    const { figure, segments } = subject.measures[name];
    const counted = [{ start: at, end: at, value: figure?.value ?? null }];
    const known = segments.length > 0 ? segments : counted;
    // Nobody leads by a coupon of nothing.
    return [
      keyOf(subject),
      name === 'coupon' ? known.map((one) => ({ ...one, value: one.value === 0 ? null : one.value })) : known,
    ] as const;
  });
  const lead = leadOf(new Map(series), better, tie, at);
  const isCounted = subjects.every((subject) => subject.measures[name].segments.length === 0);
  return lead && isCounted ? { leaders: lead.leaders, atLeast: false } : lead;
}

function keyOf({ competitorId }: Compared): string {
  return competitorId ?? 'own';
}
