package dev.cove.store;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;

/// Gives each record of a sealed interface of Cove's a `type`: its own name in lower case.
final class SealedFamilies extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;
    private static final JsonTypeInfo.Value TYPE =
            JsonTypeInfo.Value.construct(
                    JsonTypeInfo.Id.NAME,
                    JsonTypeInfo.As.PROPERTY,
                    "type",
                    null,
                    false,
                    Boolean.TRUE,
                    null);

    @Override
    public JsonTypeInfo.@Nullable Value findPolymorphicTypeInfo(
            MapperConfig<?> config, Annotated annotated) {
        return annotated instanceof AnnotatedClass c && family(c.getRawType()).isPresent()
                ? TYPE
                : super.findPolymorphicTypeInfo(config, annotated);
    }

    @Override
    public @Nullable String findTypeName(MapperConfig<?> config, AnnotatedClass annotated) {
        var type = annotated.getRawType();
        return !type.isInterface() && family(type).isPresent()
                ? type.getSimpleName().toLowerCase(Locale.ROOT)
                : super.findTypeName(config, annotated);
    }

    /// The sealed interface that a class is or belongs to.
    private static Optional<Class<?>> family(Class<?> type) {
        if (!type.getName().startsWith("dev.cove.")) {
            return Optional.empty();
        }
        return type.isInterface() && type.isSealed()
                ? Optional.of(type)
                : Arrays.<Class<?>>stream(type.getInterfaces()).filter(Class::isSealed).findFirst();
    }
}
