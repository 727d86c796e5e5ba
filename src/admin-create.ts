import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { plainToInstance } from 'class-transformer';
import { validate } from 'class-validator';
import { v7 as uuidv7 } from 'uuid';
import { RegisterDto } from './auth/dto/auth.dto';
import { hashPassword } from './auth/passwords';
import { Config } from './config/config';
import { openDatabase } from './open-database';
import { createDataSource } from './shared/database/data-source';
import { UserEntity } from './users/entities/user.entity';

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
    const users = dataSource.getRepository(UserEntity);
    const existing = await users.findOneBy({ username: request.username, email: request.email });
    const now = new Date();
    if (existing) {
      await users.update({ id: existing.id }, { role: 'admin', isActive: true, updatedAt: now });
      console.log(`${request.username} is an admin now; the password is as it was`);
      return;
    }
    await users.insert({
      id: uuidv7(),
      email: request.email,
      username: request.username,
      passwordHash: await hashPassword(password),
      fullName: null,
      role: 'admin',
      isActive: true,
      createdAt: now,
      updatedAt: now,
    });
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
