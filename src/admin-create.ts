import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { RegisterDto } from './auth/dto/auth.dto';
import { hashPassword } from './auth/passwords';
import { Clock } from './common/clock';
import { Config } from './config/config';
import { openDatabase } from './open-database';
import { createDataSource } from './shared/database/data-source';
import { UserEntity } from './users/entities/user.entity';
import { UsersService } from './users/users.service';

/** `npm run admin:create -- --username boss --email boss@shop.example`: makes an admin, or makes an account one. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { username: { type: 'string' }, email: { type: 'string' }, password: { type: 'string' } },
  });
  const password = values.password ?? randomBytes(15).toString('base64url');
  const request = plainToInstance(RegisterDto, { ...values, password });
  const problems = (await validate(request)).flatMap((problem) => Object.values(problem.constraints ?? {}));
  if (problems.length > 0) throw new Error(`--username and --email are needed:\n  ${problems.join('\n  ')}`);
  const database = await openDatabase(Config.load(), console.log);
  const dataSource = await createDataSource(database.config.databaseUrl ?? '').initialize();
  try {
    const repository = dataSource.getRepository(UserEntity);
    const users = new UsersService(repository, new Clock());
    const existing = await repository.findOneBy({ username: request.username, email: request.email });
    if (existing) {
      await users.update(existing.id, { role: 'admin', isActive: true });
      console.log(`${request.username} is an admin now; the password is as it was`);
      return;
    }
    const { email, username } = request;
    await users.create({ email, username, passwordHash: await hashPassword(password), role: 'admin' });
    console.log(`admin ${request.username} made`);
    if (values.password === undefined) console.log(`password: ${password}`);
  } finally {
    await dataSource.destroy();
    await database.release();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
