import { Role } from '../../common/access';
import { Marketplace } from '../../common/marketplace';
import { PageView } from '../../common/pagination';

export class UserView {
  id: string;
  /** @example "seller@shop.example" */
  email: string;
  /** @example "seller" */
  username: string;
  fullName: string | null;
  role: Role;
  isActive: boolean;
  createdAt: string;
}

export class OwnSellerView {
  /** @example "US" */
  marketplace: Marketplace;
  /** @example "A2MXXPBO8819ML" */
  sellerId: string;
}

export class ProfileView extends UserView {
  /** The sellers that are the user's own, by marketplace and id. */
  sellerIds: OwnSellerView[];
}

export class UserPage {
  data: UserView[];
  page: PageView;
}
