import { Marketplace } from '../../common/marketplace';
import { NamedSum } from '../../common/named-sum';
import { shortened } from '../../common/text';
import { unitOf } from '../../common/metric-unit';
import { Metric } from '../../common/metric';
import { ForecastView, ProductAnalysisView } from '../../analytics/product/dto/product-analytics.view';
import { dailyValues } from '../../analytics/daily-values';
import { ComparedListingView, CompetitiveAnalysisView, FigureView } from '../../competitors/dto/analysis.view';
import { Recommendation } from '../advice/recommendation';
import { Abstention, Claim, ClaimKind } from '../claims/claim';
import { WORDS } from '../claims/make-claim';
import { Evidence, historyOf, rivalsOf } from '../evidence/evidence';
import { InsightContent } from '../insights/insight-content';
import { valueText } from '../statement';
import { Block, Chart, Document } from './document';

/** What a report is made of: an insight, and what it follows from. */
export interface ReportInputs {
  asin: string;
  marketplace: Marketplace;
  title: string | null;
  madeAt: string;
  content: InsightContent;
  evidence: Evidence;
  analysis: ProductAnalysisView;
  comparison: CompetitiveAnalysisView | null;
}

const CHART_DAYS = 180;
const DAY_MINUTES = 1440;
const DAY_MS = 86_400_000;
/** Lines that can still be told apart. */
const MOST_RIVALS = 4;

const SECTIONS = {
  what_happened: 'What happened',
  why: 'Why it probably did',
  consider: 'What to consider',
} as const;
const CHANGES: readonly ClaimKind[] = [
  'no_offer',
  'level_change',
  'trend',
  'competitor_change',
  'competitor_no_offer',
  'content_changed',
  'seller_changed',
  'alert',
  'time_in_stock',
  'weekday_pattern',
];
const STANDINGS: readonly ClaimKind[] = ['position', 'price_tier', 'standing', 'undercut'];
const CAUSES: readonly ClaimKind[] = ['cause', 'unexplained', 'coincidence', 'price_and_rank'];
const COLUMNS = { itemPrice: 'Price', bsr: 'Best Sellers Rank', rating: 'Rating', ratingCount: 'Ratings' } as const;

/** The whole report, in the order in which it is read. */
export function reportDocument(inputs: ReportInputs): Document {
  const { asin, marketplace, title, madeAt, content } = inputs;
  const name = title === null ? asin : `${title} (${asin})`;
  return {
    title: `Intelligence report: ${name}, Amazon ${marketplace}`,
    blocks: [
      { type: 'paragraph', text: `As known on ${madeAt.slice(0, 16).replace('T', ' ')} UTC.` },
      ...(content.simulated
        ? [
            {
              type: 'note',
              text: 'Simulated: numbers of this report come from the sandbox and are of no real product.',
            } as const,
          ]
        : []),
      ...summary(content),
      ...position(inputs),
      ...claimList('Changes', content.claims, CHANGES, noChanges(content)),
      ...charts(inputs),
      ...claimList(
        'Causes',
        content.claims,
        CAUSES,
        'No change of the rank to explain, or too little is known for it.',
      ),
      ...forecasts(content.claims),
      ...recommendations(content),
      ...sums(content),
      ...quality(content),
      ...missing(content),
      ...methods(content),
    ],
  };
}

/** Where nothing is claimed, either nothing changed or nobody can say. */
function noChanges({ abstentions }: InsightContent): string {
  return abstentions.some(({ key }) => key.startsWith('level_change:'))
    ? 'Too little is known to tell a change.'
    : 'Nothing changed by more than chance explains.';
}

function summary({ text }: InsightContent): Block[] {
  if (text.paragraphs.length === 0)
    return [
      { type: 'heading', text: 'In short' },
      { type: 'paragraph', text: 'Too little is known to say anything yet.' },
    ];
  const by =
    text.writtenBy === 'model'
      ? `Worded by ${text.model ?? 'a model'}; every number was checked against the claims.`
      : 'Worded by rules.';
  return [
    { type: 'heading', text: 'In short' },
    ...text.paragraphs.map(({ section, text: told }): Block => ({
      type: 'paragraph',
      text: `${SECTIONS[section]}: ${told}`,
    })),
    { type: 'paragraph', text: by },
  ];
}

function position({ comparison, content }: ReportInputs): Block[] {
  const heading: Block = { type: 'heading', text: 'Position and competitors' };
  if (!comparison) return [heading, { type: 'paragraph', text: 'There is no confirmed competitor to compare with.' }];
  const names = Object.keys(COLUMNS);
  const row = (who: string, listing: ComparedListingView) => [
    who,
    ...names.map((name) => figureText(listing.figures[name], listing.missing[name])),
    lastRead(listing),
  ];
  return [
    heading,
    {
      type: 'table',
      head: ['', ...Object.values(COLUMNS), 'Last read'],
      rows: [
        row('This product', comparison.own),
        ...comparison.competitors.map((one) =>
          row(one.title === null ? one.asin : `${one.asin} ${shortened(one.title, 60)}`, one),
        ),
      ],
    },
    { type: 'list', items: itemsOf(content.claims, STANDINGS) },
  ];
}

/** The earliest of the readings shown: none of them is older. */
function lastRead({ figures }: ComparedListingView): string {
  const [first] = Object.keys(COLUMNS)
    .flatMap((name) => figures[name]?.confirmedAt ?? [])
    .sort();
  return first === undefined ? '' : `${first.slice(0, 16).replace('T', ' ')} UTC`;
}

function figureText(figure: FigureView | undefined, why: string | undefined): string {
  if (figure) return valueText({ type: 'number', value: figure.value, unit: figure.unit, scale: figure.scale });
  if (why === 'none') return 'none now';
  return why === undefined ? 'not known' : why.replaceAll('_', ' ');
}

function claimList(title: string, claims: readonly Claim[], kinds: readonly ClaimKind[], otherwise: string): Block[] {
  const items = itemsOf(claims, kinds);
  return [
    { type: 'heading', text: title },
    items.length === 0 ? { type: 'paragraph', text: otherwise } : { type: 'list', items },
  ];
}

function itemsOf(claims: readonly Claim[], kinds: readonly ClaimKind[]) {
  return claims
    .filter(({ kind }) => kinds.includes(kind))
    .map((claim) => ({ text: claim.text, details: [receiptLine(claim)] }));
}

/** How sure it is and where it is shown, in one line. */
function receiptLine({ key, confidence, errorRate, n }: Claim): string {
  const parts = [
    confidence === 'measured' ? 'measured' : `confidence ${confidence}`,
    ...(errorRate === null
      ? []
      : [
          `of series of mere noise at most ${valueText({ type: 'number', value: errorRate, unit: 'share', scale: 0 })} get such a claim`,
        ]),
    ...(n === null ? [] : [`n = ${String(n)}`]),
    `receipt ${key}`,
  ];
  return parts.join(' · ');
}

/** By which claims were made, each with the kinds of claims that were made by it. */
function methods({ claims }: InsightContent): Block[] {
  const kinds = new Map<string, Set<string>>();
  for (const { method, kind } of claims) kinds.set(method, (kinds.get(method) ?? new Set()).add(inWords(kind)));
  if (kinds.size === 0) return [];
  return [
    { type: 'heading', text: 'Methods' },
    {
      type: 'paragraph',
      text: 'The receipt of a claim, with every reading that it rests on: GET /insights/{id}/claims/{receipt}.',
    },
    {
      type: 'table',
      head: ['Claims', 'Made by'],
      rows: [...kinds].map(([method, of]) => [[...of].join(', '), method]),
    },
  ];
}

function charts({ evidence, analysis }: ReportInputs): Block[] {
  const last = Math.floor(evidence.at / DAY_MINUTES);
  return (['price', 'bsr'] as const).map((metric) => ({
    type: 'chart',
    chart: chartOf(evidence, metric, last, analysis.forecasts[metric]),
  }));
}

function chartOf(evidence: Evidence, metric: Metric, today: number, forecast: ForecastView | undefined): Chart {
  const first = today - CHART_DAYS;
  const values = (asin: string) =>
    dailyValues(historyOf(evidence, asin, [metric]).series.get(metric)?.segments ?? [], first, today);
  const unit = unitOf(metric, evidence.marketplace);
  const rivals = rivalsOf(evidence).slice(0, MOST_RIVALS);
  return {
    title: `The ${WORDS[metric]} over ${String(CHART_DAYS)} days${forecast ? ', and its forecast' : ''}`,
    from: new Date(first * DAY_MS).toISOString().slice(0, 10),
    lines: [
      { name: evidence.asin, values: values(evidence.asin) },
      ...rivals.map((asin) => ({ name: asin, values: values(asin) })),
    ],
    forecast: forecast?.days ?? [],
    format: (value) => valueText({ type: 'number', value, ...unit }),
    isLowerBetter: metric === 'bsr',
  };
}

function forecasts(claims: readonly Claim[]): Block[] {
  return claimList('Forecast', claims, ['forecast', 'units', 'units_forecast'], 'Too little is known for a forecast.');
}

function recommendations({ recommendations: all, undecided, setAside }: InsightContent): Block[] {
  return [
    { type: 'heading', text: 'Recommendations' },
    all.length === 0
      ? { type: 'paragraph', text: undecided.length === 0 ? NO_RULE : `${NO_RULE} ${UNDECIDED}` }
      : { type: 'list', items: all.map(recommended) },
    ...aside(all, setAside),
  ];
}

const NO_RULE = 'No rule applies to what is known.';
const UNDECIDED = 'What other rules need is not known: see the end of this report.';

function recommended({ text, category, rule, because, expectedEffect, noEffect, provedWrongBy }: Recommendation) {
  return {
    text,
    details: [
      `${category} · rule: ${rule}`,
      `because of ${because.map(reasonText).join(', ')}`,
      expectedEffect
        ? `expected effect, by what its past tells: ${expectedEffect.text}`
        : `expected effect: ${noEffect ?? 'not known'}`,
      `proved wrong by: ${provedWrongBy.text}`,
    ],
  };
}

/** With those that they wait for, and until when. An insight of an earlier release has no words for them. */
function aside(all: readonly Recommendation[], setAside: readonly Recommendation[]): Block[] {
  return all
    .filter((one) => one.setAside.length > 0)
    .flatMap((one): Block[] => {
      const by = one.provedWrongBy.values['by'];
      return [
        {
          type: 'paragraph',
          text: `Set aside${by ? ` until ${valueText(by)}` : ''}, when “${one.text}” can be judged: of two changes of the price at once nobody could tell which one worked.`,
        },
        {
          type: 'list',
          items: one.setAside.map((key) => ({
            text: setAside.find((other) => other.key === key)?.text ?? inWords(key),
          })),
        },
      ];
    });
}

function sums({ risk, opportunity }: InsightContent): Block[] {
  return [...sum('Risks', risk), ...sum('Opportunities', opportunity)];
}

/** With the parts of which nothing is known: a low score may be one of little knowledge. */
function sum(title: string, { score, parts, missing: unknown }: NamedSum<unknown>): Block[] {
  return [
    { type: 'heading', text: `${title}: ${scoreText(score)}` },
    {
      type: 'table',
      head: ['Part', 'From 0 (none) to 100 (full)', 'Weight'],
      rows: [
        ...parts.map(({ name, value, weight }) => [name.replaceAll('_', ' '), points(value), points(weight)]),
        ...Object.entries(unknown).map(([name, needs]) => [name.replaceAll('_', ' '), `not known: ${needs}`, '']),
      ],
    },
  ];
}

function quality({ listingQuality }: InsightContent): Block[] {
  if (!listingQuality) return [];
  return [
    { type: 'heading', text: `Quality of the listing: ${scoreText(listingQuality.score)}` },
    {
      type: 'table',
      head: ['Check', 'Result', 'Weight', 'Rule'],
      rows: listingQuality.checks.map(({ name, result, weight, rule, missing: why }) => [
        name.replaceAll('_', ' '),
        result === null ? (why ?? 'not known') : points(result),
        points(weight),
        rule,
      ]),
    },
  ];
}

/** What could not be claimed, and which rules could for that not be decided. */
function missing({ abstentions, undecided }: InsightContent): Block[] {
  if (abstentions.length === 0 && undecided.length === 0) return [];
  const items = (all: readonly Abstention[], nameOf: (key: string) => string) =>
    all.map((one) => ({ text: `${nameOf(one.key)}: ${metricsInWords(one.missing)}${untilText(one)}` }));
  return [
    { type: 'heading', text: 'What cannot be said yet' },
    { type: 'list', items: items(abstentions, subjectOf) },
    ...(undecided.length === 0
      ? []
      : ([
          {
            type: 'paragraph',
            text: 'That these rules recommend nothing, or not all they might, says nothing: they lack what they read.',
          },
          { type: 'list', items: items(undecided, inWords) },
        ] as const)),
  ];
}

function untilText({ until }: Abstention): string {
  return until === null
    ? ''
    : `; on ${valueText({ type: 'date', value: until })} at the earliest, if each day until then becomes known`;
}

/** What an abstention is of, by its key. @example "trend:bsr" is "Trend of the Best Sellers Rank" */
function subjectOf(key: string): string {
  const [kind = '', ...parts] = key.split(':');
  const metric = metricsInWords(parts.find((part) => part in WORDS) ?? (parts.includes('units') ? 'units sold' : ''));
  const asin = parts.find((part) => /^B0|^\d/.test(part) && part.length === 10 && !part.includes('-'));
  const date = parts.find((part) => /^\d{4}-\d\d-\d\d$/.test(part));
  const subject = SUBJECTS[kind];
  if (subject === undefined) return inWords(key);
  const of = metric === '' ? '' : metric === 'units sold' ? ` of ${metric}` : ` of the ${metric}`;
  return `${subject}${of}${asin ? ` of ${asin}` : ''}${date ? ` of ${valueText({ type: 'date', value: date })}` : ''}`;
}

const SUBJECTS: Readonly<Record<string, string>> = {
  trend: 'Trend',
  level_change: 'Changes of level',
  weekday_pattern: 'Pattern of the week',
  price_and_rank: 'Whether price and rank move together',
  forecast: 'Forecast',
  units: 'Units sold',
  units_forecast: 'Forecast of units sold',
  position: 'Position among the competitors',
  price_tier: 'Price tier',
  competitor_change: 'Changes',
  cause: 'Cause of the change',
};

/** Of metrics their names within a sentence. */
function metricsInWords(text: string): string {
  return text.replace(/\b[a-z]+(?:_[a-z]+)*\b/g, (word) => (word in WORDS ? WORDS[word as Metric] : word));
}

function inWords(key: string): string {
  return key.replaceAll('_', ' ').replaceAll(':', ' ');
}

function scoreText(score: number | null): string {
  return score === null ? 'too little is known' : `${points(score)} of 100`;
}

function points(share: number): string {
  return String(Math.round(100 * share));
}

/** Of a claim its key; a check is in the table of the listing's quality. */
function reasonText(key: string): string {
  return key.startsWith('listing_quality:') ? `the check “${key.slice(16).replaceAll('_', ' ')}”` : key;
}
