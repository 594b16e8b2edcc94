package dev.cove.api;

import dev.cove.core.CoveException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON out, and JSON in from strangers: bounded in size, depth and time.
final class Json {
    /// The largest body of a call that takes JSON.
    static final int LARGEST = 1 << 20;

    private static final int PARDONED = 4 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int DEEPEST = 16;

    private final LongSupplier ticks;
    private final JsonMapper mapper =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(DEEPEST)
                                                    .maxNumberLength(40)
                                                    .maxNameLength(1000)
                                                    .build())
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    /// @param ticks nanoseconds from an arbitrary start
    Json(LongSupplier ticks) {
        this.ticks = ticks;
    }

    byte[] write(Object document) {
        return mapper.writeValueAsBytes(document);
    }

    String text(Object document) {
        return mapper.writeValueAsString(document);
    }

    /// @throws CoveException INVALID when it is no JSON
    JsonNode parse(String text) {
        try {
            return mapper.readTree(text);
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    /// Reads a body of at most `LARGEST` bytes that arrives within half a minute.
    JsonNode read(InputStream body, long announced) throws IOException {
        if (announced > LARGEST) {
            throw tooLarge();
        }
        var deadline = ticks.getAsLong() + PATIENCE.toNanos();
        var whole = new ByteArrayOutputStream();
        var buffer = new byte[8192];
        int count;
        while ((count = body.read(buffer)) >= 0) {
            whole.write(buffer, 0, count);
            if (whole.size() > LARGEST) {
                // Who is cut off in the middle of sending does not hear why.
                var _ = body.skip(PARDONED);
                throw tooLarge();
            }
            if (ticks.getAsLong() - deadline > 0) {
                throw new Refused(
                        408,
                        CoveException.Kind.INVALID,
                        "the body took longer than " + PATIENCE.toSeconds() + " s to arrive");
            }
        }
        try {
            return mapper.readTree(whole.toByteArray());
        } catch (JacksonException e) {
            throw malformed(e);
        }
    }

    private static Refused tooLarge() {
        return Refused.tooLarge("the body is larger than " + (LARGEST >> 20) + " MiB");
    }

    private static CoveException malformed(JacksonException e) {
        var where = e.getLocation();
        var place =
                where == null
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " at line %d, column %d",
                                where.getLineNr(),
                                where.getColumnNr());
        var why = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
        return CoveException.invalid(
                "the body is not JSON" + place + ": " + dev.cove.core.Printable.of(why, 200));
    }
}
