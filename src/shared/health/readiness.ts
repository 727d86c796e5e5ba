import { Injectable, OnModuleDestroy } from '@nestjs/common';

/** Whether the process still wants traffic: a load balancer is told before the door closes. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  draining = false;

  onModuleDestroy(): void {
    this.draining = true;
  }
}
