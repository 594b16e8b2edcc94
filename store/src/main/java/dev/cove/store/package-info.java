/// Durable state: [SqliteStore] keeps documents in one SQLite file and serves reads from memory,
/// [JsonCodec] turns the core's records into readable JSON. Knows nothing of VMs beyond their
/// records. Start with [SqliteStore].
@NullMarked
package dev.cove.store;

import org.jspecify.annotations.NullMarked;
