import { INestApplication } from '@nestjs/common';
import { AuthService } from './auth/auth.service';
import { ConflictError } from './common/app-error';
import { DEMO_LISTINGS } from './marketplace-data/sandbox/demo-listings';
import { ProductImport } from './products/product-import';
import { UsersService } from './users/users.service';

/** Known to everybody: only made where the program listens on loopback, or on request. */
export const DEMO_LOGIN = { username: 'demo', password: 'demo-password' };

/** An empty database gets an account that tracks simulated listings, so that there is something to look at. */
export async function ensureDemo(app: INestApplication): Promise<void> {
  const users = app.get(UsersService);
  if ((await users.count()) > 0) return;
  try {
    const user = await app
      .get(AuthService)
      .register({ ...DEMO_LOGIN, email: 'demo@localhost.localdomain', fullName: 'Demo' });
    await app.get(ProductImport).importRows(
      user.id,
      DEMO_LISTINGS.map((listing) => ({ ...listing, tags: ['demo'] })),
    );
  } catch (error) {
    // Another process of a first start was faster.
    if (!(error instanceof ConflictError)) throw error;
  }
}
