import { Injectable } from '@nestjs/common';
import { SqlRunner } from '../../shared/database/postgres';
import { ReadingOrder, Straggler } from './reading-order';

export interface ProductStraggler extends Straggler {
  productId: string;
}

/** Keeps in which order the points of products were looked at. */
@Injectable()
export class ReadingOrders {
  /** @param from stragglers that became known from this minute on */
  async of(
    products: readonly { productId: string; userId: string }[],
    from: number,
    sql: SqlRunner,
  ): Promise<Map<string, ReadingOrder>> {
    const rows = await sql.query<Straggler & { product_id: string }>(
      {
        name: 'reading-orders',
        text: `SELECT o.product_id, o.series, o.minute, o.known, o.step
               FROM unnest($1::uuid[], $2::uuid[]) AS t(product_id, user_id) JOIN product p ON p.id = t.product_id AND p.user_id = t.user_id
               JOIN alert_straggler o ON o.product_id = p.id AND o.known >= $3`,
      },
      [products.map(({ productId }) => productId), products.map(({ userId }) => userId), from],
    );
    const orders = new Map<string, ReadingOrder>();
    for (const { product_id, ...straggler } of rows) {
      const order = orders.get(product_id) ?? new ReadingOrder();
      order.add(straggler);
      orders.set(product_id, order);
    }
    return orders;
  }

  async keep(stragglers: readonly ProductStraggler[], sql: SqlRunner): Promise<void> {
    if (stragglers.length === 0) return;
    await sql.query(
      `INSERT INTO alert_straggler (product_id, series, minute, known, step)
       SELECT n."productId", n.series, n.minute, n.known, n.step
       FROM jsonb_to_recordset($1::jsonb) AS n("productId" uuid, series text, minute int, known int, step smallint)
       ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`,
      [JSON.stringify(stragglers)],
    );
  }

  /** @returns how many were deleted; what became known before this minute is beyond any replay */
  async deleteBefore(minute: number, sql: SqlRunner): Promise<number> {
    const rows = await sql.query(`DELETE FROM alert_straggler WHERE known < $1 RETURNING 1`, [minute]);
    return rows.length;
  }
}
