/**
 * What Amazon's pages say, by language. A page's language is the visitor's choice and not the marketplace's, so every
 * table is tried on every page. To teach the reader a language, add its entry to each table.
 */

/** A robot check or the page that wants a click first, in words; the form of a robot check is told by its address. */
export const BLOCK_PHRASES =
  /enter the characters you see below|make sure you're not a robot|type the characters you see|click the button below to continue shopping|robot check|to discuss automated access to amazon data|clique no bot[aã]o abaixo para continuar comprando|klicken? (?:sie )?(?:unten )?auf (?:die schaltfl[aä]che|den button)(?: unten)?, um (?:mit dem )?(?:einkauf|weiter)|geben sie die angezeigten zeichen|cliquez sur le bouton ci-dessous pour (?:continuer|poursuivre)|saisissez les caract[eè]res|haz clic en el bot[oó]n (?:de abajo|que aparece a continuaci[oó]n|siguiente) para (?:continuar|seguir)|introduce los caracteres|fai clic sul pulsante (?:qui sotto|in basso|di seguito) per continuare|inserisci i caratteri|klik op de (?:onderstaande knop|knop hieronder) om (?:verder|door)|klicka på knappen nedan för att forts[aä]tta|kliknij (?:poni[zż]szy )?przycisk(?: poni[zż]ej)?, aby kontynuowa[cć]|alışverişe devam etmek için aşağıdaki düğmeye|下のボタンをクリック|文字を入力してください|انقر فوق الزر أدناه/i;

/** Page of a listing that does not exist. */
export const NOT_FOUND_PHRASES =
  /page not found|we couldn't find that page|looking for something\?|seite wurde nicht gefunden|page introuvable|no se ha encontrado la p[aá]gina|pagina non trovata|p[aá]gina n[aã]o encontrada|pagina niet gevonden|sidan hittades inte|nie znaleziono strony|sayfa bulunamad|ページが見つかりません|الصفحة غير موجودة/i;

interface AvailabilityPhrases {
  out: RegExp;
  /** Not sent to where the page was read from: whether it is in stock remains open. */
  undeliverable: RegExp;
  /** Others sell it, nobody holds the buy box. */
  otherSellers: RegExp;
  /** How many are left, as group 1. */
  left: RegExp;
  inStock: RegExp;
}

const NEVER = /(?!)/;

export const AVAILABILITY: Readonly<Record<string, AvailabilityPhrases>> = {
  en: {
    out: /currently unavailable|out of stock|not available|is unavailable/i,
    undeliverable:
      /(?:cannot|can't|can not) be (?:shipped|dispatched|delivered|sent)|does(?: not|n't) (?:ship|dispatch|deliver) to|not (?:shipped|dispatched|deliver(?:ed|able)) to|no delivery to/i,
    otherSellers: /available from (?:these|other) sellers|no featured offers available/i,
    left: /(?:only|just) (\d+) (?:items? )?left|(\d+) left in stock/i,
    inStock:
      /in stock(?! (?:on|soon|in)\b)|usually (?:ships|dispatched|delivered)|(?:ships|dispatched) (?:within|in \d)|available to (?:ship|download)|available (?:instantly|now)/i,
  },
  de: {
    out: /nicht verfügbar|nicht auf lager|nicht vorrätig|ausverkauft|nicht lieferbar/i,
    undeliverable:
      /kann nicht (?:an|nach|zu)\b.*(?:liefert|versandt|versendet|verschickt)|nicht (?:an|nach)\b.*(?:liefert|versandt|versendet)/i,
    otherSellers: /erhältlich bei diesen anbietern|keine (?:hervorgehobenen|empfohlenen) angebote/i,
    left: /nur noch (\d+)/i,
    inStock: /auf lager(?! ab)|versandfertig|lieferbar|verfügbar(?! ab)/i,
  },
  fr: {
    out: /indisponible|rupture de stock|épuisé|non disponible/i,
    undeliverable: /ne peut (?:pas )?être (?:expédi|livr)|ne (?:livre|s'expédie) pas|n'est pas (?:expédi|livr)/i,
    otherSellers: /disponible (?:auprès de|chez) ces vendeurs|aucune offre (?:mise en avant|vedette)/i,
    left: /plus que (\d+)/i,
    inStock: /en stock(?! le)|expédi(?:é|tion) sous|habituellement expédié|disponible(?! (?:le|à partir))/i,
  },
  es: {
    out: /no (?:está )?disponible|agotado|sin existencias|sin stock/i,
    undeliverable: /no (?:se puede|puede) (?:enviar|entregar)|no se (?:envía|entrega)|no realiza envíos/i,
    otherSellers: /disponible (?:a través|por parte) de (?:estos|otros) vendedores|ninguna oferta destacada/i,
    left: /(?:s[oó]lo|solamente) (?:hay |quedan? |queda\(n\) )?(\d+)|quedan? (\d+)/i,
    inStock: /en stock(?! el)|disponible(?! el)|en existencia|se env[ií]a (?:en|normalmente)/i,
  },
  it: {
    out: /non (?:è )?disponibile|esaurito/i,
    undeliverable: /non (?:può|è possibile)(?!\p{L}).*(?:sped|consegn)|non (?:viene|è) (?:spedi|consegna)/iu,
    otherSellers: /disponibile presso (?:questi|altri) venditori|nessuna offerta in evidenza/i,
    left: /(?:solo|soltanto) (\d+)|ne riman(?:e|gono) (?:solo )?(\d+)/i,
    inStock: /disponibil(?!e dal)|spedizione (?:entro|in)|generalmente spedit/i,
  },
  pt: {
    out: /indispon[ií]vel|n[aã]o dispon[ií]vel|esgotado|fora de estoque/i,
    undeliverable: /n[aã]o pode ser (?:enviado|entregue)|n[aã]o (?:é enviado|entregamos|enviamos)/i,
    otherSellers:
      /dispon[ií]vel (?:com|por meio de|através de) (?:estes|outros) vendedores|nenhuma oferta em destaque/i,
    left: /(?:apenas|s[oó]|somente|restam?) (?:restam? )?(\d+)/i,
    inStock: /em estoque(?! em)|em stock(?! em)|dispon[ií]vel(?! (?:em|a partir))/i,
  },
  nl: {
    out: /niet (?:beschikbaar|op voorraad|leverbaar|verkrijgbaar)|uitverkocht/i,
    undeliverable: /kan niet\b.*(?:verzonden|bezorgd|geleverd)|niet (?:verzonden|bezorgd) (?:naar|op)/i,
    otherSellers: /verkrijgbaar bij deze verkopers|geen aanbevolen aanbiedingen/i,
    left: /nog (?:maar |slechts )?(\d+)|slechts (\d+)/i,
    inStock: /op voorraad|beschikbaar|leverbaar|gewoonlijk verzonden/i,
  },
  sv: {
    out: /inte tillgänglig|(?:ej|inte|slut) i lager|slutsåld|otillgänglig/i,
    undeliverable: /kan inte (?:skickas|levereras)|(?:skickas|levereras) inte/i,
    otherSellers: /tillgänglig från (?:dessa|andra) säljare|inga utvalda erbjudanden/i,
    left: /(?:endast|bara) (\d+)/i,
    inStock: /i lager(?! den)|tillgänglig|skickas (?:vanligtvis|inom)/i,
  },
  pl: {
    out: /niedostępn|brak (?:w magazynie|na stanie|towaru)|wyprzedan/i,
    undeliverable: /nie (?:może|można)\b.*(?:wysłan|wysłać|dostarcz)|nie jest wysyłan/i,
    otherSellers: /dostępn\S* u (?:tych|innych) sprzedawców|brak wyróżnionych ofert/i,
    left: /(?:tylko|pozostało|zostało)(?: tylko)? (\d+)/i,
    inStock: /(?<!będzie )dostępn|w magazynie|na stanie|zwykle wysyłan/i,
  },
  tr: {
    out: /mevcut değil|stok(?:ta|larımızda) (?:yok|bulunmuyor)|temin edilemiyor|tükendi/i,
    undeliverable: /gönderil(?:e)?m(?:iyor|ez)|teslim edil(?:e)?m(?:iyor|ez)|gönderim yapılam/i,
    otherSellers: /bu satıcılardan (?:edinilebilir|temin)|öne çıkan teklif yok/i,
    left: /(?:sadece|yalnızca) (\d+)/i,
    inStock: /stokta|genellikle .{0,40}gönderilir/i,
  },
  ja: {
    out: /在庫切れ|お取り扱いできません|入荷時期は未定|品切れ/,
    undeliverable: /お届けできません|配送できません|発送(?:することが)?できません|お届け先には/,
    otherSellers: /出品者から(?:お求め|ご購入)|おすすめ出品の要件を満たす出品はありません/,
    left: /残り\s?(\d+)\s?点/,
    inStock: /在庫あり|在庫があります|通常.{0,20}発送|発送します|在庫/,
  },
  ar: {
    out: /غير متوفر|غير متاح|نفد/,
    undeliverable: /لا يمكن (?:شحن|توصيل|إرسال)|لا يتم (?:شحن|توصيل)/,
    otherSellers: /متوفر من (?:هؤلاء )?البائعين/,
    left: /(?:تبقى|متبقي|يتبقى)(?: فقط)? (\d+)|(\d+) فقط/,
    inStock: /متوفر|متاح|يشحن عادة/,
  },
  zh: {
    out: /无货|缺货|暂时缺货/,
    undeliverable: /无法(?:配送|寄送|送达)/,
    otherSellers: NEVER,
    left: /仅剩\s?(\d+)|只剩\s?(\d+)/,
    inStock: /有货/,
  },
};

/** Label before the best sellers ranks. */
export const RANK_LABEL =
  /best ?sellers? rank|bestseller-rang|classement des meilleures ventes|clasificaci[oó]n en los m[aá]s vendidos|clasificaci[oó]n (?:de|en) (?:los )?(?:productos )?m[aá]s vendidos|posizione nella classifica bestseller|(?:ranking|classifica[cç][aã]o) dos mais vendidos|plaats in bestsellerlijst|rangordning f[oö]r b[aä]sts[aä]ljare|b[aä]sts[aä]ljar(?:e|rang|rankning)|ranking (?:najlepiej sprzedaj|bestseller)|najlepiej sprzedaj[aą]c|[cç]ok satanlar s[ıi]ralamas[ıi]|売れ筋ランキング|تصنيف (?:الأفضل|أفضل|المنتجات)[^:]*مبيع|热销商品排名/i;

/** Note behind the rank of a whole department: "(See Top 100 in Books)". */
export const TOP_LIST_NOTE = /100|売れ筋ランキング/;

/** Word between a rank and its category. */
export const RANK_CONNECTOR =
  /^(?:in|im|en|dans|em|nella categoria|nelle categorie|nella|w kategorii|w|na|i|op|kategorisinde|في)(?:\s+(?:la categor[ií]a|la cat[eé]gorie|a categoria|kategorii|kategorin))?\s+/i;

/**
 * Label of the maker's price among those that are struck through: the others are what it cost before, usually, or new. A struck
 * price without a label is a list price too.
 */
export const LIST_PRICE_LABEL =
  /list price|\blist:|\brrp\b|\bmsrp\b|m\.?r\.?p\b|\buvp\b|unverb|listenpreis|prix (?:public|conseill[eé]|de vente conseill)|\bppc\b|\bpvpr?\b|recomendado|precio (?:de lista|sugerido)|prezzo (?:consigliato|di listino)|\bde:|pre[cç]o (?:de lista|sugerido)|adviesprijs|rek\. ?pris|rekommenderat|katalogow|sugerowan|liste fiyat|tavsiye|参考価格|希望小売価格|سعر القائمة|السعر الموصى/i;

/** What the byline says around a brand; group 1 is the brand. */
export const BRAND_PATTERNS: readonly RegExp[] = [
  /^visit the (.+) store$/i,
  /^besuch(?:e|en sie) den (.+?)[- ]store$/i,
  /^visite[rz]? la boutique (?:de )?(.+)$/i,
  /^visitar? la tienda de (.+)$/i,
  /^visita lo store (?:di )?(.+)$/i,
  /^visite a loja (?:da |do |de )?(.+)$/i,
  /^(?:de |bezoek de )(.+?)[- ]store(?: openen| bezoeken)?$/i,
  /^besök (.+?)[- ]?(?:butiken|store)$/i,
  /^odwiedź sklep (?:marki )?(.+)$/i,
  /^(.+?) (?:store'u|mağazasını) ziyaret edin$/i,
  /^(.+?)のストアを表示$/,
  /^تفضل بزيارة متجر (.+)$/,
  /^قم بزيارة متجر (.+)$/,
  /^(?:brand|marke|marque|marca|merk|märke|varumärke|marka|ブランド|العلامة التجارية|品牌)\s?[:：]\s?(.+)$/i,
];

/** Words over a search result that somebody paid for. */
export const SPONSORED =
  /sponsored|gesponsert|sponsoris[eé]|patrocinado|sponsorizzat[oi]|gesponsord|sponsrad|sponsorowane|sponsorlu|スポンサー|مُ?موّ?ل|إعلان مُ?موّ?ل|赞助/i;

/** Heading of a buy box that holds a used offer only. */
export const USED_HEADING =
  /save with used|buy used|used ?[-–:] ?(?:like new|very good|good|acceptable)|gebraucht kaufen|acheter d['’]occasion|comprar (?:usado|de (?:2\.?ª|segunda) mano)|acquista usato|tweedehands kopen|k[oö]p begagnad|kup używan|ikinci el satın al|中古品を|購入\s*中古|شراء مستعمل/i;
