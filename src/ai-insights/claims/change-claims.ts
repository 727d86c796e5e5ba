import { entriesOf, Evidence, ChangeEvidence } from '../evidence/evidence';
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

/** What changed of the listing beside its numbers; of a day and field the last change. */
export function changeClaims(evidence: Evidence): Draft[] {
  const byKey = new Map(
    entriesOf(evidence, 'change').map(([key, { change }]) => {
      const draft = changeClaim(key, change);
      return [draft.key, draft];
    }),
  );
  return [...byKey.values()].toReversed();
}

function changeClaim(key: string, { field, before, after, observedMinute }: ChangeEvidence['change']): Draft {
  const date = new Date(observedMinute * 60_000).toISOString().slice(0, 10);
  const isSeller = field === 'buy_box_seller_id';
  const told = isSeller ? sellerTemplate(before, after) : contentTemplate(field);
  return {
    key: isSeller ? `seller_changed:${date}` : `content_changed:${field}:${date}`,
    kind: isSeller ? 'seller_changed' : 'content_changed',
    metric: null,
    template: told,
    values: {
      date: { type: 'date', value: date },
      ...(told.includes('{before}') ? { before: valueOf(before) } : {}),
      ...(told.includes('{after}') ? { after: valueOf(after) } : {}),
    },
    direction: null,
    window: null,
    n: null,
    effect: null,
    method: 'two readings of the same source, compared',
    confidence: 'measured',
    errorRate: null,
    evidence: [key],
  };
}

function sellerTemplate(before: unknown, after: unknown): string {
  if (before === null) return 'On {date} the seller {after} won a buy box that nobody had held.';
  if (after === null) return 'On {date} the seller {before} lost the buy box, and nobody held it.';
  return 'On {date} the buy box went from the seller {before} to the seller {after}.';
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
