package dev.cove.store;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.Ipv4;
import dev.cove.core.Labels;
import dev.cove.core.Mac;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.SnapshotId;
import dev.cove.core.SshKey;
import dev.cove.core.Subnet;
import dev.cove.core.VmId;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.deser.std.FromStringDeserializer;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.databind.ser.std.ToStringSerializer;

/// How the core's values look in JSON; the core itself knows nothing of it.
final class CoreValues extends SimpleModule {
    private static final long serialVersionUID = 1L;

    CoreValues() {
        super("cove-core");
        text(Name.class, Name::new);
        text(SnapshotId.class, SnapshotId::new);
        text(VmId.class, VmId::new);
        text(Owner.class, Owner::new);
        text(Digest.class, Digest::new);
        text(Mac.class, Mac::new);
        text(Ipv4.class, Ipv4::parse);
        text(Subnet.class, Subnet::parse);
        text(SshKey.class, SshKey::parse);
        text(Path.class, Path::of);
        addSerializer(Bytes.class, new BytesWriter());
        addDeserializer(Bytes.class, new BytesReader());
        addSerializer(Labels.class, new LabelsWriter());
        addDeserializer(Labels.class, new LabelsReader());
    }

    private <T> void text(Class<T> type, Function<String, T> read) {
        addSerializer(type, new ToStringSerializer(type));
        addDeserializer(type, new TextReader<>(type, read));
    }

    private static final class TextReader<T> extends FromStringDeserializer<T> {
        private final Class<T> type;
        private final Function<String, T> read;

        TextReader(Class<T> type, Function<String, T> read) {
            super(type);
            this.type = type;
            this.read = read;
        }

        @Override
        protected T _deserialize(String text, DeserializationContext context) {
            try {
                return read.apply(text);
            } catch (CoveException | InvalidPathException e) {
                throw context.weirdStringException(text, type, String.valueOf(e.getMessage()));
            }
        }
    }

    private static final class BytesWriter extends StdSerializer<Bytes> {
        BytesWriter() {
            super(Bytes.class);
        }

        @Override
        public void serialize(Bytes size, JsonGenerator json, SerializationContext context) {
            json.writeNumber(size.count());
        }
    }

    private static final class BytesReader extends StdScalarDeserializer<Bytes> {
        BytesReader() {
            super(Bytes.class);
        }

        @Override
        public Bytes deserialize(JsonParser json, DeserializationContext context) {
            return json.currentToken() == JsonToken.VALUE_STRING
                    ? Bytes.parse(json.getString())
                    : new Bytes(json.getLongValue());
        }
    }

    private static final class LabelsWriter extends StdSerializer<Labels> {
        LabelsWriter() {
            super(Labels.class);
        }

        @Override
        public void serialize(Labels labels, JsonGenerator json, SerializationContext context) {
            json.writePOJO(labels.pairs());
        }
    }

    private static final class LabelsReader extends StdScalarDeserializer<Labels> {
        private static final TypeReference<Map<String, String>> PAIRS = new TypeReference<>() {};

        LabelsReader() {
            super(Labels.class);
        }

        @Override
        public Labels deserialize(JsonParser json, DeserializationContext context) {
            return new Labels(context.<Map<String, String>>readValue(json, PAIRS));
        }
    }
}
