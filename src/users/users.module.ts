import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OwnSellerEntity } from './entities/own-seller.entity';
import { UserEntity } from './entities/user.entity';
import { OwnSellers } from './own-sellers.service';
import { UsersController } from './users.controller';
import { UsersService } from './users.service';

@Module({
  imports: [TypeOrmModule.forFeature([UserEntity, OwnSellerEntity])],
  controllers: [UsersController],
  providers: [UsersService, OwnSellers],
  exports: [UsersService, OwnSellers],
})
export class UsersModule {}
