import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Marketplace } from '../common/marketplace';
import { Postgres, SqlRunner } from '../shared/database/postgres';
import { OwnSellerEntity } from './entities/own-seller.entity';

export type OwnSeller = Pick<OwnSellerEntity, 'marketplace' | 'sellerId'>;

/** The seller ids that users say are theirs. */
@Injectable()
export class OwnSellers {
  constructor(
    @InjectRepository(OwnSellerEntity) private readonly sellers: Repository<OwnSellerEntity>,
    private readonly postgres: Postgres,
  ) {}

  /** By marketplace and id. */
  async of(userId: string): Promise<OwnSeller[]> {
    return this.sellers.find({
      select: { marketplace: true, sellerId: true },
      where: { userId },
      order: { marketplace: 'ASC', sellerId: 'ASC' },
    });
  }

  /** A user without any is not there. To be compared with `buy_box_seller_id`, which is an id and never a name. */
  async ownSellersOf(
    userIds: readonly string[],
    sql: SqlRunner = this.postgres,
  ): Promise<Map<string, Map<Marketplace, Set<string>>>> {
    const known = new Map<string, Map<Marketplace, Set<string>>>();
    if (userIds.length === 0) return known;
    const rows = await sql.query<OwnSeller & { userId: string }>(
      `SELECT user_id AS "userId", marketplace, seller_id AS "sellerId" FROM own_seller WHERE user_id = ANY ($1::uuid[])`,
      [userIds],
    );
    for (const { userId, marketplace, sellerId } of rows) {
      const byMarketplace = known.get(userId) ?? new Map<Marketplace, Set<string>>();
      known.set(userId, byMarketplace.set(marketplace, (byMarketplace.get(marketplace) ?? new Set()).add(sellerId)));
    }
    return known;
  }
}
