package dev.cove.store;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.core.port.Codec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;

/// Records as JSON that people can read: names, ids, addresses, digests and keys are strings, sizes
/// are numbers of bytes, instants and durations are ISO 8601, enum values are in lower case, what
/// is absent is left out. Of a sealed family each document says its `type`.
///
/// Unknown fields are passed over, so that an older Cove reads what a newer one wrote.
public final class JsonCodec implements Codec {
    private final JsonMapper mapper =
            JsonMapper.builder()
                    .addModule(new CoreValues())
                    .annotationIntrospector(new SealedFamilies())
                    .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
                    .disable(DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
                    .disable(EnumFeature.READ_ENUMS_USING_TO_STRING)
                    .disable(EnumFeature.WRITE_ENUMS_USING_TO_STRING)
                    .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
                    .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                    .changeDefaultPropertyInclusion(
                            i -> i.withValueInclusion(JsonInclude.Include.NON_ABSENT))
                    .build();

    @Override
    public <T> String write(T value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JacksonException e) {
            throw CoveException.internal(
                    "a " + value.getClass().getSimpleName() + " cannot be written as JSON", e);
        }
    }

    @Override
    public <T> T read(String document, Class<T> type) {
        try {
            var value = mapper.readValue(document, type);
            if (value != null) {
                return value;
            }
        } catch (JacksonException e) {
            throw no(type, e.getOriginalMessage(), e);
        } catch (CoveException e) {
            throw no(type, e.sentence(), e);
        }
        throw no(type, "it is null", new IllegalStateException("null"));
    }

    private static CoveException no(Class<?> type, String why, Throwable cause) {
        return CoveException.internal(
                "a document is no " + type.getSimpleName() + ": " + Printable.of(why, 300), cause);
    }
}
