package dev.cove.core.port;

/// Turns records into documents and back.
public interface Codec {
    <T> String write(T value);

    /// @throws dev.cove.core.CoveException INTERNAL when the document is not one of that type
    <T> T read(String document, Class<T> type);
}
