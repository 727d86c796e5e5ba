import { rm } from 'node:fs/promises';
import { EmbeddedPostgres } from '../../src/shared/embedded/embedded-postgres';

/** What setup made in this same process. */
export interface TestServer {
  server: EmbeddedPostgres;
  folder: string;
}

declare global {
  var testServer: TestServer | undefined;
}

export default async function globalTeardown(): Promise<void> {
  if (globalThis.testServer) await stopTestServer(globalThis.testServer);
}

export async function stopTestServer({ server, folder }: TestServer): Promise<void> {
  await server.release();
  await rm(folder, { recursive: true, force: true });
}
