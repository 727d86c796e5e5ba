import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { Marketplace } from '../common/marketplace';
import { OwnSellerEntity } from './entities/own-seller.entity';

export type OwnSeller = Pick<OwnSellerEntity, 'marketplace' | 'sellerId'>;

/** The seller ids that users say are theirs. */
@Injectable()
export class OwnSellers {
  constructor(@InjectRepository(OwnSellerEntity) private readonly sellers: Repository<OwnSellerEntity>) {}

  /** By marketplace and id. */
  async of(userId: string): Promise<OwnSeller[]> {
    return this.sellers.find({
      select: { marketplace: true, sellerId: true },
      where: { userId },
      order: { marketplace: 'ASC', sellerId: 'ASC' },
    });
  }

  /** A user without any is not there. To be compared with `buy_box_seller_id`, which is an id and never a name. */
  async ownSellersOf(userIds: readonly string[]): Promise<Map<string, Map<Marketplace, Set<string>>>> {
    const known = new Map<string, Map<Marketplace, Set<string>>>();
    for (const { userId, marketplace, sellerId } of await this.sellers.findBy({ userId: In(userIds) })) {
      const byMarketplace = known.get(userId) ?? new Map<Marketplace, Set<string>>();
      known.set(userId, byMarketplace.set(marketplace, (byMarketplace.get(marketplace) ?? new Set()).add(sellerId)));
    }
    return known;
  }
}
