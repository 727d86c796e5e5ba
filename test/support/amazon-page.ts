/** A small product page of our own, in the layout of today. */
export function productPage(asin: string, price: string | null, more = ''): string {
  const offer =
    price === null
      ? '<div id="availability">Currently unavailable.</div>'
      : `<div id="corePrice_feature_div"><span class="a-price"><span class="a-offscreen">${price}</span></span></div>
         <div id="availability">In Stock</div>`;
  return `<html><body><input id="ASIN" value="${asin}"><span id="productTitle">Title of ${asin}</span>
    <span id="acrPopover" title="4.5 out of 5 stars"></span>${offer}${more}</body></html>`;
}

export const ROBOT_CHECK = '<html><body><form action="/errors/validateCaptcha"></form></body></html>';
