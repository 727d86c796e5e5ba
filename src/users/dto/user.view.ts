import { Role } from '../../common/access';
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

export class UserPage {
  data: UserView[];
  page: PageView;
}
