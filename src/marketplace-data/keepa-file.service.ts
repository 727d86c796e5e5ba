import { Injectable } from '@nestjs/common';
import { ValidationError } from '../common/app-error';
import { Clock } from '../common/clock';
import { Marketplace } from '../common/marketplace';
import { HistorySeries } from './marketplace-data';
import { isRecord } from './vendor-json';
import { headerKey, isViewerHeader, metricOfColumn, readViewerRow } from './keepa/keepa-viewer-row';
import { asinOf, KeepaProduct, problemOf, seriesOf } from './keepa/keepa-product';

export interface KeepaFileProduct {
  asin: string | null;
  series: HistorySeries[];
  /** Why nothing of it can be used; null when it can. */
  problem: string | null;
}

/** Reads Keepa's JSON from a file that a user brings. */
@Injectable()
export class KeepaFileService {
  /** Columns of the CSV that Keepa's web site exports, and its rows. */
  readonly viewer = { headerKey, isViewerHeader, metricOfColumn, readRow: readViewerRow };

  constructor(private readonly clock: Clock) {}

  /**
   * @param body a `/product` answer, a list of product objects, or one
   * @throws ValidationError when it is none of these
   */
  read(body: unknown, marketplace: Marketplace): KeepaFileProduct[] {
    return productsOf(body).map((product) => {
      const asin = asinOf(product) ?? null;
      const problem = problemOf(product, marketplace)?.detail ?? null;
      return { asin, problem, series: problem === null ? seriesOf(product, this.clock.now()) : [] };
    });
  }
}

function productsOf(body: unknown): KeepaProduct[] {
  const list =
    isRecord(body) && Array.isArray(body['products']) ? body['products'] : Array.isArray(body) ? body : [body];
  const products = (list as unknown[]).filter((item): item is KeepaProduct => isRecord(item) && 'asin' in item);
  if (products.length === 0) {
    throw new ValidationError([{ field: 'body', message: 'is not a product answer of Keepa' }]);
  }
  return products;
}
