import { readAmazonPage } from './amazon-page';
import { outcomeOf } from './page-reading';

const ASIN = 'B0TESTAAA1';
const PRICE =
  '<div id="corePriceDisplay_desktop_feature_div"><span class="a-price priceToPay"><span class="a-offscreen">$32.97</span></span></div>';

function readingOf(...parts: string[]) {
  const html = `<html><body><div id="dp"><input id="ASIN" value="${ASIN}"><span id="productTitle">Kettle</span>${parts.join('')}</div></body></html>`;
  const outcome = outcomeOf(
    readAmazonPage(html, { marketplace: 'US' }),
    ASIN,
    'firecrawl',
    new Date('2026-11-24T12:00:00Z'),
  );
  if (!('reading' in outcome)) throw new Error(outcome.detail);
  return outcome.reading;
}

describe('a reading of a page', () => {
  it.each([
    ['Apply 10% coupon', 330],
    ['Apply $2.50 coupon', 250],
  ])('should take "%s" for what it takes off', (text, coupon) => {
    expect(readingOf(PRICE, `<span id="couponTextpctch1">${text}</span>`).values.coupon).toBe(coupon);
  });

  it('should know of no coupon beside a price without one', () => {
    expect(readingOf(PRICE).values.coupon).toBeNull();
  });

  it('should say nothing of a coupon without a price', () => {
    const state = '<div id="availability">Currently unavailable.</div>';
    expect(readingOf(state, '<span id="couponTextpctch1">Apply 10% coupon</span>').values.coupon).toBeUndefined();
  });

  it('should count one picture once, in however many sizes it is linked', () => {
    const image = (name: string) => `https://m.media-amazon.com/images/I/${name}.jpg`;
    const sizes = `{&quot;${image('61abc._SX300_')}&quot;:[300,300],&quot;${image('61abc._SX500_')}&quot;:[500,500]}`;
    const html = `<img id="landingImage" data-a-dynamic-image="${sizes}"><div id="altImages"><img src="${image('71def._SS40_')}"></div>`;
    expect(readingOf(PRICE, html).facts.imageCount).toBe(2);
  });
});
