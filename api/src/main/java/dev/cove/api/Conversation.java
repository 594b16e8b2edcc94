package dev.cove.api;

import java.io.IOException;

/// What a route does with one WebSocket. Messages come one after the other, the next one only when
/// the last one has been dealt with: a method that blocks holds its client back.
interface Conversation {
    /// The upgrade has happened.
    void open(Wire wire) throws IOException;

    /// @throws Refused or CoveException when the client breaks the rules
    void text(String message) throws IOException;

    void bytes(byte[] message) throws IOException;

    /// The client has gone, or the wire was closed. May come twice.
    void closed();
}
