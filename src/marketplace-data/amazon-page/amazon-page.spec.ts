import { Marketplace } from '../../common/marketplace';
import { PageQuestion, PageResult, readAmazonPage } from './amazon-page';
import { ProductPage } from './product-page';

const ASIN = 'B0TESTAAA1';
const PRICE = (amount: string) =>
  `<div id="corePriceDisplay_desktop_feature_div"><span class="a-price"><span class="a-offscreen">${amount}</span></span></div>`;
const STOCK = (text: string) => `<div id="availability"><span>${text}</span></div>`;
const RANKS = (label: string, value: string) =>
  `<table id="productDetails_detailBullets_sections1"><tr><th>Weight</th><td>1 kg</td></tr><tr><th>${label}</th><td>${value}</td></tr></table>`;

/** A product page of our own making, in the layout of today. */
function page(...parts: string[]): string {
  return `<!doctype html><html><head><title>Shop</title><link rel="canonical" href="https://www.amazon.com/x/dp/${ASIN}"></head>
    <body><div id="dp-container"><input type="hidden" id="ASIN" name="ASIN" value="${ASIN}">
    <span id="productTitle"> Steel \u200ekettle,   1.7 l </span>${parts.join('')}</div></body></html>`;
}

function product(html: string, marketplace: Marketplace = 'US'): ProductPage {
  const result = readAmazonPage(html, { marketplace });
  if (result.kind !== 'product') throw new Error(JSON.stringify(result));
  return result.product;
}

const kindOf = (html: string, question: PageQuestion = { marketplace: 'US' }): PageResult['kind'] =>
  readAmazonPage(html, question).kind;

describe('a product page', () => {
  it('should say what it shows', () => {
    const html = page(
      '<a id="bylineInfo">Visit the Acme Store</a>',
      '<span id="acrPopover" title="4.7 out of 5 stars"></span><span id="acrCustomerReviewText">(1,594)</span>',
      '<div id="social-proofing-faceout-title-tk_bought">2K+ bought in past month</div>',
      `<div id="corePriceDisplay_desktop_feature_div">
         <span class="a-price priceToPay"><span class="a-offscreen">$32.97</span></span>
         <span class="basisPrice">List Price: <span class="a-price a-text-price"><span class="a-offscreen">$49.99</span></span></span>
       </div>`,
      '<span id="couponTextpctch1">Apply 10% coupon</span>',
      '<a id="sellerProfileTriggerId" href="/gp/help/seller/at-a-glance.html?seller=A2MXXPBO8819ML&asin=X">Kettle Shop</a>',
      STOCK('Only 6 left in stock - order soon.'),
      '<img id="landingImage" data-old-hires="https://m.media-amazon.com/images/I/61abc.jpg">',
      '<div id="feature-bullets"><ul><li>Boils fast</li><li>Stays cool</li></ul></div>',
      '<div id="wayfinding-breadcrumbs_feature_div"><ul><li><a>Home</a></li><li>›</li><li><a>Kettles</a></li></ul></div>',
      RANKS(
        'Best Sellers Rank',
        '<span>#1,037 in <a href="/gp/bestsellers/kitchen/ref=x">Kitchen</a> (<a>See Top 100 in Kitchen</a>)</span><br><span>#5 in <a href="/gp/bestsellers/kitchen/289753/ref=x">Kettles</a></span>',
      ),
      '<script>var d = {"dimensionToAsinMap" : {"0":"B0TESTAAA1","1":"B0TESTAAA2"}, "parentAsin":"B0TESTPPP1"}</script>',
    );
    expect(product(html)).toMatchObject({
      asin: ASIN,
      canonicalAsin: null,
      title: 'Steel kettle, 1.7 l',
      brand: 'Acme',
      state: 'new',
      priceMinor: 3297,
      listPriceMinor: 4999,
      currency: 'USD',
      coupon: { percent: 10 },
      sellerId: 'A2MXXPBO8819ML',
      sellerName: 'Kettle Shop',
      rating: 4.7,
      reviewCount: 1594,
      monthlySold: 2000,
      inStock: true,
      stockLeft: 6,
      bsr: [
        { rank: 1037, category: 'Kitchen', isRoot: true },
        { rank: 5, category: 'Kettles', isRoot: false },
      ],
      imageUrls: ['https://m.media-amazon.com/images/I/61abc.jpg'],
      bullets: ['Boils fast', 'Stays cool'],
      categoryPath: ['Home', 'Kettles'],
      variationAsins: ['B0TESTAAA1', 'B0TESTAAA2'],
      parentAsin: 'B0TESTPPP1',
    });
  });

  it('should leave out what it does not show', () => {
    expect(product(page())).toMatchObject({
      state: 'unknown',
      priceMinor: null,
      rating: null,
      reviewCount: null,
      bsr: [],
      inStock: null,
      brand: null,
      coupon: null,
    });
  });

  it.each([
    [
      'put together from its visible parts',
      '<span class="a-offscreen"> </span><span class="a-price-symbol">$</span><span class="a-price-whole">1,499<span>.</span></span><span class="a-price-fraction">99</span>',
      149999,
    ],
    [
      'with points for groups',
      '<span class="a-price-symbol">$</span><span class="a-price-whole">1.499</span><span class="a-price-fraction">99</span>',
      149999,
    ],
  ])('should read a price %s', (_, parts, minor) => {
    const html = page(`<div id="corePrice_feature_div"><span class="a-price">${parts}</span></div>`);
    expect(product(html).priceMinor).toBe(minor);
  });

  it.each([
    ['2018', '<span id="priceblock_ourprice">$7.99</span>'],
    ['2018, of media', '<div id="buyNewSection"><span class="offer-price">$7.99</span></div>'],
    ['2019, of textbooks', '<div id="newOfferAccordionRow"><span class="header-price">$7.99</span></div>'],
    [
      '2021',
      '<div id="corePrice_desktop"><span class="a-price a-text-price apexPriceToPay"><span class="a-offscreen">$7.99</span></span></div>',
    ],
  ])('should read the price of the layout of %s', (_, markup) => {
    expect(product(page(markup)).priceMinor).toBe(799);
  });

  it('should take the price of buying once where the middle shows a subscriber’s', () => {
    const row = (id: string, amount: string) =>
      `<div id="${id}"><div id="corePrice_feature_div"><span class="a-price"><span class="a-offscreen">${amount}</span></span></div></div>`;
    const html = page(PRICE('$11.69'), row('snsAccordionRowMiddle', '$11.69'), row('newAccordionRow_0', '$12.99'));
    expect(product(html).priceMinor).toBe(1299);
  });

  it('should not take the coupon of another item', () => {
    const html = page(
      '<div id="anonCarousel1"><span class="s-coupon-highlight-color">Save 20%</span></div>',
      '<div id="rhf"><span class="couponBadge">Save 5%</span></div>',
    );
    expect(product(html).coupon).toBeNull();
  });

  it('should take the new price where a used offer stands above it', () => {
    const html = page(
      `<div id="usedAccordionRow"><div id="corePrice_feature_div"><span class="a-price"><span class="a-offscreen">$79.22</span></span></div></div>`,
      `<div id="newAccordionRow_0"><div id="corePrice_feature_div"><span class="a-price"><span class="a-offscreen">$109.99</span></span></div></div>`,
    );
    expect(product(html)).toMatchObject({ priceMinor: 10999, usedPriceMinor: 7922 });
  });

  it.each([
    [
      'a subscription',
      '<div id="snsAccordionRowMiddle"><div id="corePrice_feature_div"><span class="a-price"><span class="a-offscreen">$9.49</span></span></div></div>',
    ],
    ['a rental', '<div id="rentOfferAccordionRow"><span class="header-price">$9.49</span></div>'],
    [
      'another item',
      '<div id="buybox"><div id="similarItem"><span class="a-price"><span class="a-offscreen">$9.49</span></span></div></div>',
    ],
    [
      'a unit',
      '<div id="corePriceDisplay_desktop_feature_div"><span class="a-price a-text-price"><span class="a-offscreen">$9.49</span></span></div>',
    ],
    ['an amount somewhere in the buy box', '<div id="buybox"><span class="a-color-price">$9.49</span></div>'],
  ])('should not take the price of %s', (_, markup) => {
    expect(product(page(markup)).priceMinor).toBeNull();
  });

  it.each([
    ['undeliverable', STOCK('This item cannot be shipped to your selected delivery location.')],
    ['unavailable', STOCK("Currently unavailable. We don't know when or if this item will be back in stock.")],
    ['used_only', '<div id="usedBuySection"><span class="offer-price">$5.29</span></div>'],
    ['used_only', `<div id="buybox">Save with Used - Very Good ${PRICE('$5.29')}</div>`],
    [
      'no_featured_offer',
      '<div id="unqualifiedBuyBox"><a id="buybox-see-all-buying-choices">See All Buying Options</a></div>',
    ],
    ['price_hidden', '<div id="priceNotAvailable_feature_div">To see the price, add this item to your cart.</div>'],
    [
      'variation_not_chosen',
      '<div id="corePriceDisplay_desktop_feature_div"><span class="a-price-range"><span class="a-price"><span class="a-offscreen">$9.99</span></span></span></div>',
    ],
    ['foreign_currency', PRICE('PHP 1,234.00')],
    ['foreign_currency', PRICE('XYZ 1,363.86')],
    ['used_only', `<div id="buybox">購入 中古 ${PRICE('$5.29')}</div>`],
    ['used_only', '<div id="usedBuyBox"><span class="a-color-price">$5.29</span></div>'],
  ])('should be told apart as %s, without a price', (state, markup) => {
    expect(product(page(markup))).toMatchObject({ state, priceMinor: null });
  });

  it('should not say how many are left to somebody to whom none is sent', () => {
    const html = page(
      STOCK('Nur noch 16 auf Lager'),
      '<div id="deliveryBlockMessage">Dieser Artikel kann nicht an den ausgewählten Lieferort versendet werden.</div>',
    );
    expect(product(html)).toMatchObject({ undeliverable: true, inStock: null, stockLeft: null });
  });

  it.each(['List Price:', 'M.R.P.:', 'UVP:', 'Prix conseillé :', 'PVPR:', 'Adviesprijs:', 'De:', '参考価格:', ''])(
    'should take what is struck through after "%s" for a list price',
    (label) => {
      const html =
        page(`<div id="corePriceDisplay_desktop_feature_div"><span class="a-price"><span class="a-offscreen">$10.00</span></span>
        <span class="basisPrice">${label} <span class="a-price a-text-price"><span class="a-offscreen">$20.00</span></span></span></div>`);
      expect(product(html)).toMatchObject({ priceMinor: 1000, listPriceMinor: 2000 });
    },
  );

  it.each([
    'New Condition Price:',
    'Was:',
    'Son 30 Günün En Düşük Fiyatı:',
    'Vorheriger Preis:',
    'Typical price:',
    'Lowest price in 30 days:',
  ])('should not take "%s" for a list price', (label) => {
    const html =
      page(`<div id="corePriceDisplay_desktop_feature_div"><span class="a-price"><span class="a-offscreen">$10.00</span></span>
        <span class="basisPrice">${label} <span class="a-price a-text-price"><span class="a-offscreen">$20.00</span></span></span></div>`);
    expect(product(html)).toMatchObject({ priceMinor: 1000, listPriceMinor: null });
  });

  it.each<[text: string, inStock: boolean | null, left: number | null]>([
    ['In Stock.', true, null],
    ['Usually ships within 2 to 3 days.', true, null],
    ['Nur noch 2 auf Lager (mehr ist unterwegs).', true, 2],
    ['Auf Lager.', true, null],
    ['Derzeit nicht verfügbar.', false, null],
    ['Nicht auf Lager.', false, null],
    ['Il ne reste plus que 4 exemplaire(s) en stock.', true, 4],
    ['En stock.', true, null],
    ['Actuellement indisponible.', false, null],
    ['Solo queda(n) 3 en stock.', true, 3],
    ['No disponible por el momento.', false, null],
    ['Disponibilità: solo 5', true, 5],
    ['Disponibilità immediata.', true, null],
    ['Attualmente non disponibile.', false, null],
    ['Em estoque', true, null],
    ['Não disponível.', false, null],
    ['Nog 1 op voorraad.', true, 1],
    ['Momenteel niet beschikbaar.', false, null],
    ['I lager.', true, null],
    ['Tillfälligt slut i lager.', false, null],
    ['Dostępny.', true, null],
    ['Obecnie niedostępny.', false, null],
    ['Stokta var.', true, null],
    ['Stokta sadece 4 adet kaldı.', true, 4],
    ['Şu anda mevcut değil.', false, null],
    ['在庫あり。', true, null],
    ['残り3点（入荷予定あり）', true, 3],
    ['現在在庫切れです。', false, null],
    ['متوفر', true, null],
    ['غير متوفر حالياً.', false, null],
    ['Available from these sellers.', null, null],
    ['This item cannot be shipped to your selected delivery location.', null, null],
    ['In stock on December 5.', null, null],
    ['Auf Lager ab dem 3. Dezember', null, null],
    ['تبقى ٢ فقط', true, 2],
    ['This item cannot be dispatched to your selected delivery location.', null, null],
    ['Something new', null, null],
  ])('should understand "%s"', (text, inStock, stockLeft) => {
    expect(product(page(STOCK(text)))).toMatchObject({ inStock, stockLeft });
  });

  it.each<[label: string, value: string, root: number | null, rootName: string | null, sub: number, subName: string]>([
    [
      'Best Sellers Rank',
      '7,201 in Books (See Top 100 in Books) #15 in Girls &amp; Women',
      7201,
      'Books',
      15,
      'Girls & Women',
    ],
    [
      'Amazon Bestseller-Rang',
      'Nr. 52.871 in Bücher (Siehe Top 100 in Bücher) Nr. 1004 in Soziales',
      52871,
      'Bücher',
      1004,
      'Soziales',
    ],
    [
      "Classement des meilleures ventes d'Amazon",
      '25 472 en Livres (Voir les 100 premiers en Livres) n°66 dans Botany (Livres)',
      25472,
      'Livres',
      66,
      'Botany (Livres)',
    ],
    [
      'Clasificación en los más vendidos de Amazon',
      'nº1,643,215 en Hogar (Ver el Top 100 en Hogar) nº205 en Teteras',
      1643215,
      'Hogar',
      205,
      'Teteras',
    ],
    [
      'Posizione nella classifica Bestseller di Amazon',
      'n. 23.456 in Casa (Visualizza i Top 100 nella categoria Casa) n. 12 in Bollitori',
      23456,
      'Casa',
      12,
      'Bollitori',
    ],
    [
      'Ranking dos mais vendidos',
      'Nº 582 em Casa (Conheça o Top 100 na categoria Casa) Nº 5 em Chaleiras',
      582,
      'Casa',
      5,
      'Chaleiras',
    ],
    [
      'Plaats in bestsellerlijst',
      '#1.234 in Wonen (Top 100 in Wonen bekijken) #7 in Waterkokers',
      1234,
      'Wonen',
      7,
      'Waterkokers',
    ],
    [
      'Rangordning för bästsäljare',
      '#1 234 i Hem (Visa Topp 100 i Hem) #7 i Vattenkokare',
      1234,
      'Hem',
      7,
      'Vattenkokare',
    ],
    [
      'Ranking najlepiej sprzedających się',
      'nr 1 234 w kategorii Dom (Zobacz 100 najlepszych w kategorii Dom) nr 7 w kategorii Czajniki',
      1234,
      'Dom',
      7,
      'Czajniki',
    ],
    [
      'Amazon 売れ筋ランキング',
      '- 47,078位Kindleストア (Kindleストアの売れ筋ランキングを見る) - 802位哲学',
      47078,
      'Kindleストア',
      802,
      '哲学',
    ],
    [
      'Best Sellers Rank',
      '#105 in Home &gt; Covers &gt; Chairs #8146 in Home &gt; Textiles',
      null,
      null,
      105,
      'Home > Covers > Chairs',
    ],
  ])('should read the ranks under "%s": %s', (label, value, rootRank, rootName, sub, subName) => {
    const { bsr } = product(page(RANKS(label, value)));
    const root = bsr.find(({ isRoot }) => isRoot);
    const [first] = bsr.filter(({ isRoot }) => !isRoot);
    expect([root?.rank ?? null, root?.category ?? null, first?.rank, first?.category]).toEqual([
      rootRank,
      rootName,
      sub,
      subName,
    ]);
  });

  it.each<[where: string, lines: string[], ranks: [number, string, boolean][]]>([
    [
      'Britain today, without signs',
      ['1,104,828 in DIY (<a>See Top 100 in DIY</a>)', '177 in <a>Combo Kits</a>'],
      [
        [1104828, 'DIY', true],
        [177, 'Combo Kits', false],
      ],
    ],
    [
      'Poland',
      ['Pozycja 105 136 w kategorii Dom (Zobacz 100 najlepszych)', 'Pozycja 216 w kategorii Czajniki'],
      [
        [105136, 'Dom', true],
        [216, 'Czajniki', false],
      ],
    ],
    [
      'Japan, the category first',
      ['おもちゃ - 9,034位 (おもちゃの売れ筋ランキングを見る)', '貯金箱 (おもちゃ) - 64位'],
      [
        [9034, 'おもちゃ', true],
        [64, '貯金箱 (おもちゃ)', false],
      ],
    ],
    [
      'Arabia',
      ['#١٬٤٣١ في ألعاب (شاهد أفضل 100 في ألعاب)', '#٣ في دمى'],
      [
        [1431, 'ألعاب', true],
        [3, 'دمى', false],
      ],
    ],
  ])('should read ranks line by line: %s', (_, lines, ranks) => {
    const html = page(RANKS('Best Sellers Rank', lines.map((line) => `<span>${line}</span>`).join('<br>')));
    expect(product(html).bsr.map(({ rank, category, isRoot }) => [rank, category, isRoot])).toEqual(ranks);
  });

  it('should know the ranks by their links where it does not know the language', () => {
    const html = page(RANKS('Mest solgte', '#12 i <a href="/gp/bestsellers/kitchen/ref=x">Kjøkken</a> (Se topp 100)'));
    expect(product(html).bsr).toEqual([{ rank: 12, category: 'Kjøkken', isRoot: true }]);
  });

  it('should not take ranks from the navigation', () => {
    const html = page('<ul id="nav"><li>4 new <a href="/gp/bestsellers/">Best Sellers</a></li></ul>');
    expect(product(html).bsr).toEqual([]);
  });

  it.each([
    ['Visit the Acme Store', 'Acme'],
    ['Besuche den Acme-Store', 'Acme'],
    ['Visiter la boutique Acme', 'Acme'],
    ['Visita la tienda de Acme', 'Acme'],
    ['Visita lo Store di Acme', 'Acme'],
    ['De Acme Store openen', 'Acme'],
    ['Marca: Acme', 'Acme'],
    ['Acmeのストアを表示', 'Acme'],
    ['Acme', 'Acme'],
    ['by Jane Doe (Author)', null],
  ])('should read the brand of "%s"', (byline, brand) => {
    expect(product(page(`<a id="bylineInfo">${byline}</a>`)).brand).toBe(brand);
  });

  it('should keep markup and control characters out of texts', () => {
    const html = page().replace('Steel', '&lt;img src=x onerror=alert(1)&gt;Steel\u0007');
    expect(product(html).title).toBe('Steel kettle, 1.7 l');
  });

  it('should be no reading of another listing', () => {
    expect(readAmazonPage(page(PRICE('$5.00')), { marketplace: 'US', asin: 'B0OTHER001' })).toEqual({
      kind: 'unparseable',
      detail: `the page is about ${ASIN} and not about B0OTHER001`,
    });
  });
});

describe('another page', () => {
  const small = (title: string, body: string) =>
    `<html><head><title>${title}</title></head><body>${body}</body></html>`;

  it.each<[kind: PageResult['kind'], what: string, html: string]>([
    ['blocked', 'a robot check', small('Amazon.com', '<form action="/errors/validateCaptcha"></form>')],
    ['blocked', 'a robot check in words', small('Robot Check', 'Sorry')],
    ['blocked', 'a page that wants a click', small('Amazon.com', 'Click the button below to continue shopping')],
    ['blocked', 'the same in Portuguese', small('Amazon.com.br', 'Clique no botão abaixo para continuar comprando')],
    ['gone', 'a listing that does not exist', small('Page Not Found', '<a href="/ref=cs_404_link">home</a>')],
    [
      'upstream_error',
      'a fault of Amazon',
      small('503 - Service Unavailable Error', '<a href="/ref=cs_503_link">home</a>'),
    ],
    ['unparseable', 'a page of somebody else', small('Welcome', '<p>Hello</p>')],
    ['unparseable', 'no page at all', ''],
    ['unparseable', 'JSON', '{"price": 15.99}'],
  ])('should be %s: %s', (kind, _, html) => {
    expect(kindOf(html)).toBe(kind);
  });

  it('should not be a robot check because a buyer wrote of one', () => {
    expect(kindOf(page('<div>I had to click the button below to continue shopping</div>'))).toBe('product');
  });

  it.each([
    ['too long', 'x'.repeat(8_000_001)],
    ['nested too deeply', `<body>${'<div>'.repeat(100_000)}`],
  ])('should be unparseable when it is %s', (_, html) => {
    expect(kindOf(html)).toBe('unparseable');
  });
});

describe('a page of search results', () => {
  const card = (asin: string, content: string) =>
    `<div data-component-type="s-search-result" data-asin="${asin}">${content}</div>`;
  const price = (amount: string, more = '') =>
    `<span class="a-price ${more}"><span class="a-offscreen">${amount}</span></span>`;
  const search = (...cards: string[]) => {
    const html = `<body><input id="twotabsearchtextbox" value="kettle"><div id="search">${cards.join('')}</div></body>`;
    const result = readAmazonPage(html, { marketplace: 'US' });
    if (result.kind !== 'search') throw new Error(JSON.stringify(result));
    return result.search;
  };

  it('should give its cards in page order, the paid ones marked', () => {
    const { query, cards } = search(
      card(
        'B0TESTAAA1',
        `<div class="puis-sponsored-label">Sponsored</div><h2>One</h2>${price('$1,299.00')}${price('$1,500.00', 'a-text-price')}<i class="a-icon-alt">4.3 out of 5 stars</i><a href="#customerReviews" aria-label="1,234 ratings">(1.2K)</a>`,
      ),
      card('', 'an empty slot'),
      card('B0TESTAAA2', '<h2>Two</h2>'),
    );
    expect(query).toBe('kettle');
    expect(cards).toEqual([
      {
        asin: 'B0TESTAAA1',
        title: 'One',
        priceText: '$1,299.00',
        priceMinor: 129900,
        currency: 'USD',
        rating: 4.3,
        reviewCount: 1234,
        sponsored: true,
      },
      {
        asin: 'B0TESTAAA2',
        title: 'Two',
        priceText: null,
        priceMinor: null,
        currency: null,
        rating: null,
        reviewCount: null,
        sponsored: false,
      },
    ]);
  });

  it.each([
    ['of several formats', price('$40.10') + price('$24.99')],
    ['of a subscription', price('$0.00')],
  ])('should leave out a price %s', (_, prices) => {
    expect(search(card('B0TESTAAA1', `<h2>One</h2>${prices}`)).cards[0]?.priceMinor).toBeNull();
  });

  it('should not take the brand above a title for the title', () => {
    const [first] = search(
      card('B0TESTAAA1', '<div data-cy="title-recipe"><h2>Acme</h2><h2 aria-label="Kettle">Kettle</h2></div>'),
    ).cards;
    expect(first?.title).toBe('Kettle');
  });

  it('should be empty where nothing was found', () => {
    expect(search().cards).toEqual([]);
  });
});
