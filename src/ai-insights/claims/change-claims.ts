import { ChangeEvidence, entriesOf, Evidence, ownSellersOf, SELLER_FIELD, SELLERS_KEY } from '../evidence/evidence';
import { StatementValue } from '../statement';
import { shortened } from '../../common/text';
import { Draft } from './make-claim';

const WORDS: Readonly<Record<string, string>> = {
  title: 'title',
  brand: 'brand',
  category_path: 'category',
  bullets: 'bullet points',
  image_count: 'number of pictures',
};
/** Longer texts are told by their beginning. */
const LONGEST = 80;

/** Changes of sellers are read further back, for causes. */
const RECENT_MINUTES = 60 * 1440;

/** What changed of the listing beside its numbers in the last 60 days; of a day and field the last change. */
export function changeClaims(evidence: Evidence): Draft[] {
  const own = ownSellersOf(evidence);
  const byKey = new Map(
    entriesOf(evidence, 'change')
      .filter(([, { change }]) => change.observedMinute >= evidence.at - RECENT_MINUTES)
      .map(([key, { change }]) => {
        const draft = change.field === SELLER_FIELD ? sellerClaim(key, change, own) : contentClaim(key, change);
        return [draft.key, draft];
      }),
  );
  return [...byKey.values()].toReversed();
}

type ListingChange = ChangeEvidence['change'];

function contentClaim(key: string, change: ListingChange): Draft {
  const date = dateOf(change);
  return {
    ...common(key, change, contentTemplate(change.field)),
    key: `content_changed:${change.field}:${date}`,
    kind: 'content_changed',
    metric: null,
    direction: null,
  };
}

/** `metric` is `own_seller` where one of the user's holds the buy box then; the direction is that of what these hold. */
function sellerClaim(key: string, change: ListingChange, own: ReadonlySet<string>): Draft {
  const isOwn = (seller: ListingChange['before']) => typeof seller === 'string' && own.has(seller);
  const [had, has] = [isOwn(change.before), isOwn(change.after)];
  const claim = common(key, change, sellerTemplate(change, had, has));
  return {
    ...claim,
    key: `seller_changed:${dateOf(change)}`,
    kind: 'seller_changed',
    metric: has ? 'own_seller' : null,
    direction: had === has ? null : has ? 'up' : 'down',
    evidence: own.size > 0 ? [...claim.evidence, SELLERS_KEY] : claim.evidence,
  };
}

function common(key: string, change: ListingChange, template: string) {
  const { before, after } = change;
  return {
    template,
    values: {
      date: { type: 'date' as const, value: dateOf(change) },
      ...(template.includes('{before}') ? { before: valueOf(before) } : {}),
      ...(template.includes('{after}') ? { after: valueOf(after) } : {}),
    },
    window: null,
    n: null,
    effect: null,
    method: 'two readings of the same source, compared',
    confidence: 'measured' as const,
    errorRate: null,
    evidence: [key],
  };
}

function sellerTemplate({ before, after }: ListingChange, had: boolean, has: boolean): string {
  const [loser, winner] = [
    had ? 'your seller {before}' : 'the seller {before}',
    has ? 'your seller {after}' : 'the seller {after}',
  ];
  if (before === null) return `On {date} ${winner} won a buy box that nobody had held.`;
  if (after === null) return `On {date} ${loser} lost the buy box, and nobody held it.`;
  return `On {date} the buy box went from ${loser} to ${winner}.`;
}

/** UTC. */
function dateOf({ observedMinute }: ListingChange): string {
  return new Date(observedMinute * 60_000).toISOString().slice(0, 10);
}

function contentTemplate(field: string): string {
  const words = WORDS[field] ?? field;
  if (field === 'bullets') return `On {date} the ${words} of the listing were changed.`;
  return `On {date} the ${words} of the listing changed from {before} to {after}.`;
}

function valueOf(value: ChangeEvidence['change']['before']): StatementValue {
  if (typeof value === 'number') return { type: 'number', value, unit: 'count', scale: 0 };
  const text = Array.isArray(value) ? value.join(' > ') : (value ?? 'none');
  return { type: 'name', value: shortened(text, LONGEST) };
}
