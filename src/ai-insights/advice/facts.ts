import { Claim, ClaimKind } from '../claims/claim';
import { ListingQuality } from '../listing-quality/listing-quality';
import { StatementValue } from '../statement';

/** What recommendations are made of. */
export interface AdviceInputs {
  /** The day (UTC) up to which claims go. @example "2026-05-04" */
  day: string;
  claims: readonly Claim[];
  /** Null where nothing is known of the listing. */
  quality: ListingQuality | null;
}

/** Days of what is recent, and after which a recommendation is looked at again where the claim itself names no span. */
export const RECENT_DAYS = 30;
export const REVIEW_DAYS = 14;
/** Stars: ratings this close read the same. */
export const SAME_RATING = 0.05;

/** A rank to hold a recommendation against, and the claim that it is of. */
export interface RankBar {
  rank: StatementValue;
  by: StatementValue;
  key: string;
}

/** Claims by what is asked of them. Those of low confidence support no recommendation. */
export class Facts {
  readonly day: string;
  readonly quality: ListingQuality | null;
  private readonly claims: readonly Claim[];
  private readonly all: readonly Claim[];

  constructor({ day, claims, quality }: AdviceInputs) {
    this.day = day;
    this.quality = quality;
    this.all = claims.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    this.claims = this.all.filter(({ confidence }) => confidence !== 'low');
  }

  get(key: string): Claim | undefined {
    return this.claims.find((claim) => claim.key === key);
  }

  of(kind: ClaimKind, metric?: string): Claim[] {
    return this.claims.filter((claim) => claim.kind === kind && (metric === undefined || claim.metric === metric));
  }

  /** Of the last 30 days, the latest first. */
  recent(kind: ClaimKind, metric?: string): Claim[] {
    const first = dayAfter(this.day, -RECENT_DAYS);
    return this.of(kind, metric)
      .filter((claim) => dateOf(claim) >= first)
      .sort(latestFirst);
  }

  /** Over the longest span of up to 90 days of which there is one. */
  trend(metric: string): Claim | undefined {
    return this.of('trend', metric)
      .filter((claim) => numberOf(claim, 'days') <= 90)
      .sort((a, b) => numberOf(b, 'days') - numberOf(a, 'days'))[0];
  }

  /** The change of the rank that is known to have been due to the cause: the interval of its part lies on one side of 0. */
  cause(name: string): Claim | undefined {
    return this.of('cause')
      .filter(({ key, metric }) => metric === 'bsr' && key.split(':')[3] === name)
      .filter((claim) => numberOf(claim, 'lower') * numberOf(claim, 'upper') > 0)
      .sort(latestFirst)[0];
  }

  /** Whether it is claimed that there is no own offer now. */
  isWithoutOffer(): boolean {
    return this.of('no_offer').length > 0;
  }

  /** The rank as last read. */
  rankNow(): Omit<RankBar, 'by'> | undefined {
    const forecast = this.all.find(({ kind, metric }) => kind === 'forecast' && metric === 'bsr');
    return rankOf(this.get('standing:bsr'), 'own') ?? rankOf(forecast, 'last');
  }

  /** Of a forecast that is better than "same as last week" that end; else the rank as it is now. */
  rankBar(end: 'median' | 'upper'): RankBar | undefined {
    const [forecast] = this.of('forecast', 'bsr');
    const forecasted = rankOf(forecast, end);
    if (forecast && forecasted) return { ...forecasted, by: this.after(numberOf(forecast, 'days')) };
    const now = this.rankNow();
    return now && { ...now, by: this.after(REVIEW_DAYS) };
  }

  after(days: number): StatementValue {
    return { type: 'date', value: dayAfter(this.day, days) };
  }
}

function rankOf(claim: Claim | undefined, name: string): Omit<RankBar, 'by'> | undefined {
  const rank = claim?.values[name];
  return claim && rank ? { rank, key: claim.key } : undefined;
}

/** The real value; NaN, which no comparison holds for, where there is no such number. */
export function numberOf(claim: Claim, name: string): number {
  const value = claim.values[name];
  return value?.type === 'number' ? value.value / 10 ** value.scale : NaN;
}

function latestFirst(a: Claim, b: Claim): number {
  return dateOf(a) > dateOf(b) ? -1 : dateOf(a) < dateOf(b) ? 1 : 0;
}

/** @returns the empty string, which is before every date, where there is none */
function dateOf(claim: Claim): string {
  const value = claim.values['date'];
  return value?.type === 'date' ? value.value : '';
}

/** Those of the claim's values, by name. @throws Error where there is none: a fault of who made the claim. */
export function valuesOf<Name extends string>(claim: Claim, ...names: Name[]): Record<Name, StatementValue> {
  const entries = names.map((name) => {
    const value = claim.values[name];
    if (!value) throw new Error(`no value ${name} in ${claim.key}`);
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as Record<Name, StatementValue>;
}

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}
