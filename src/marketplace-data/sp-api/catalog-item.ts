import { isAsin } from '../../common/asin';
import { Marketplace } from '../../common/marketplace';
import { vendorText } from '../../common/text';
import { BestSellersRank } from '../amazon-page/best-sellers-ranks';
import { HIT_TEXT, SearchHit } from '../marketplace-data';
import { countField, field, Json, listField, ofMarketplace, textField } from './sp-api-json';

const MAX_LEVELS = 30;

/** What the catalog (2022-04-01) says of an item in one marketplace. No rating, no reviews, no price. */
export interface CatalogItem {
  asin: string;
  title?: string;
  brand?: string;
  /** `BASE_PRODUCT`, `VARIATION_PARENT` … */
  classification?: string;
  /** Root to leaf. */
  categoryPath: string[];
  /** Largest main image first. */
  imageUrls: string[];
  imageCount: number;
  /** Departments first: those a shopper sees as "#12 in Kitchen". */
  bsr: BestSellersRank[];
  parentAsins: string[];
  childAsins: string[];
  /** By type: EAN, GTIN, UPC … */
  identifiers: Record<string, string>;
}

export const CATALOG_DATA = 'classifications,identifiers,images,relationships,salesRanks,summaries';

/** Undefined for something that is no item. */
export function readCatalogItem(item: Json, marketplace: Marketplace): CatalogItem | undefined {
  const asin = textField(item, 'asin');
  if (asin === undefined) return undefined;
  const summary = ofMarketplace(item, 'summaries', marketplace);
  const relations = listField(ofMarketplace(item, 'relationships', marketplace), 'relationships').filter(
    (relation) => textField(relation, 'type') === 'VARIATION',
  );
  return {
    asin,
    title: kept(textField(summary, 'itemName')),
    brand: kept(textField(summary, 'brand')),
    classification: textField(summary, 'itemClassification'),
    categoryPath: readPath(item, summary, marketplace),
    imageUrls: readImages(item, marketplace),
    // Each picture comes in several sizes.
    imageCount: new Set(imagesOf(item, marketplace).map((image) => textField(image, 'variant'))).size,
    bsr: readRanks(item, marketplace),
    parentAsins: relations.flatMap((relation) => texts(field(relation, 'parentAsins'))),
    childAsins: relations.flatMap((relation) => texts(field(relation, 'childAsins'))),
    identifiers: Object.fromEntries(
      listField(ofMarketplace(item, 'identifiers', marketplace), 'identifiers').flatMap((one) => {
        const [type, value] = [textField(one, 'identifierType'), textField(one, 'identifier')];
        return type === undefined || value === undefined ? [] : [[type, value]];
      }),
    ),
  };
}

export const HIT_DATA = 'classifications,images,relationships,summaries';

/** The item as one that was looked for; undefined where it is none that could be tracked. */
export function toHit(item: CatalogItem): SearchHit | undefined {
  if (!isAsin(item.asin) || item.classification === 'VARIATION_PARENT') return undefined;
  const parent = item.parentAsins.find(isAsin);
  return {
    asin: item.asin,
    title: item.title ?? null,
    brand: item.brand ?? null,
    categoryPath: item.categoryPath.length > 0 ? item.categoryPath : null,
    parentAsin: parent ?? null,
    imageUrl: item.imageUrls[0] ?? null,
  };
}

/** From the leaf up by `parent`; where the tree was not asked for, the leaf of the summary. */
function readPath(item: Json, summary: Json | undefined, marketplace: Marketplace): string[] {
  const [leaf] = listField(ofMarketplace(item, 'classifications', marketplace), 'classifications');
  const path: string[] = [];
  for (let level: unknown = leaf; level !== undefined && path.length < MAX_LEVELS; level = field(level, 'parent')) {
    const name = kept(textField(level, 'displayName'));
    if (name !== undefined) path.unshift(name);
  }
  const only = kept(textField(field(summary, 'browseClassification'), 'displayName'));
  return path.length > 0 || only === undefined ? path : [only];
}

function imagesOf(item: Json, marketplace: Marketplace): Json[] {
  return listField(ofMarketplace(item, 'images', marketplace), 'images');
}

function readImages(item: Json, marketplace: Marketplace): string[] {
  return imagesOf(item, marketplace)
    .filter((image) => textField(image, 'variant') === 'MAIN')
    .sort((a, b) => (countField(b, 'height') ?? 0) - (countField(a, 'height') ?? 0))
    .map((image) => textField(image, 'link'))
    .filter((link): link is string => link !== undefined && /^https:\/\/[^\s"'<>]{1,500}$/.test(link));
}

function readRanks(item: Json, marketplace: Marketplace): BestSellersRank[] {
  const ranks = ofMarketplace(item, 'salesRanks', marketplace);
  const read = (name: string, isRoot: boolean) =>
    listField(ranks, name).flatMap((one): BestSellersRank[] => {
      const rank = countField(one, 'rank');
      const category = kept(textField(one, 'title'));
      return rank === undefined || rank < 1 || category === undefined ? [] : [{ rank, category, isRoot }];
    });
  return [...read('displayGroupRanks', true), ...read('classificationRanks', false)];
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function kept(text: string | undefined): string | undefined {
  const plain = text === undefined ? '' : vendorText(text, HIT_TEXT);
  return plain === '' ? undefined : plain;
}
