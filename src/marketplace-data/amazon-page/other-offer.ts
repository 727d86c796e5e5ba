import type { Element } from 'domhandler';

/** Ids of boxes for another condition, a rental, a subscription, members, a grocery or another item. */
const OTHER_OFFER =
  /(?:^|[_-])used|[a-z]Used|(?:^|[_-])rent(?=[A-Z_-]|$)|(?:^|[_-])sns|[sS]ubscri|primeSavingsUpsell|almAccordion|refurb|renewedTier|newerVersion|newer-version|sims-|sp_detail|similar|[cC]arousel|pqv|^rhf/;

/** What newer pages say of a row of the buy box beside its id. */
const OTHER_OPTION = /USED|RENT|SUBSCRI|SNS|PRIME_SAVINGS|REFURB/;

/** Whether an element belongs to something else than the new offer of this page's product. */
export function isOfAnotherOffer(element: Element): boolean {
  for (let node: Element['parent'] = element; node; node = node.parent) {
    if (!('attribs' in node)) continue;
    const { id = '', 'data-csa-c-slot-id': slot = '', 'data-csa-c-buying-option-type': option = '' } = node.attribs;
    if (OTHER_OFFER.test(id) || OTHER_OFFER.test(slot) || OTHER_OPTION.test(option)) return true;
  }
  return false;
}
