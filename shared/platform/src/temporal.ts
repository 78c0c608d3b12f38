import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';

export interface TemporalOptions {
  address: string;
  namespace: string;
  /** Shared by every service of one process: eager start needs client and worker on the same connection. */
  connection?: NativeConnection;
}

/** A native connection that serves workers and the client alike, and who closes it. */
export async function connectTemporal(options: TemporalOptions) {
  const connection = options.connection ?? (await NativeConnection.connect({ address: options.address }));
  const client = new Client({ connection, namespace: options.namespace });
  return {
    connection,
    client,
    /** Closes the connection unless it was lent. */
    close: async () => {
      if (!options.connection) await connection.close();
    },
  };
}
