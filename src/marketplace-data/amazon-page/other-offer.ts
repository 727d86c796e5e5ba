import type { Element } from 'domhandler';

/** Ids of boxes for another condition, a rental, a subscription or another item. */
const OTHER_OFFER =
  /(?:^|[_-])used|[a-z]Used|(?:^|[_-])rent(?=[A-Z_-]|$)|(?:^|[_-])sns|[sS]ubscri|refurb|renewedTier|sims-|sp_detail|similar|carousel|pqv/;

/** Whether an element belongs to something else than the new offer of this page's product. */
export function isOfAnotherOffer(element: Element): boolean {
  for (let node: Element['parent'] = element; node; node = node.parent) {
    if ('attribs' in node && OTHER_OFFER.test(node.attribs['id'] ?? '')) return true;
  }
  return false;
}
