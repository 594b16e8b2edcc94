package dev.cove.testkit;

import dev.cove.core.CoveException;
import dev.cove.core.port.Codec;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// A codec whose documents are tickets for the records themselves: quick, and all that a simulation
/// needs. It has to outlive the store's crashes.
public final class ReferenceCodec implements Codec {
    private final Map<String, Object> kept = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();

    @Override
    public <T> String write(T value) {
        var ticket = "#" + last.incrementAndGet();
        kept.put(ticket, value);
        return ticket;
    }

    @Override
    public <T> T read(String document, Class<T> type) {
        var value = kept.get(document);
        if (!type.isInstance(value)) {
            throw new CoveException(
                    CoveException.Kind.INTERNAL, document + " is no " + type.getSimpleName());
        }
        return type.cast(value);
    }
}
