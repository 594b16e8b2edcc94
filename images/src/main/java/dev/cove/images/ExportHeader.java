package dev.cove.images;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.cove.core.Bytes;
import dev.cove.core.CoveException;
import dev.cove.core.Digest;
import dev.cove.core.Export;
import dev.cove.core.ImageRef;
import dev.cove.core.Labels;
import dev.cove.core.Name;
import dev.cove.core.Shape;
import dev.cove.core.Snapshot.Moment;
import dev.cove.core.SshKey;
import dev.cove.core.port.Snapshots;
import java.io.IOException;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// What stands at the head of an exported VM.
///
/// @param sizes of the files that are in it, as they are in the end
record ExportHeader(Export export, Map<ExportPart, Long> sizes) {
    static final byte[] MAGIC = "cove-export 1\n".getBytes(US_ASCII);

    private static final Bytes LARGEST = Bytes.gibibytes(1 << 14);
    private static final int MOST_KEYS = 64;
    private static final int LONGEST_TEXT = 4096;

    ExportHeader {
        sizes = new EnumMap<>(sizes);
    }

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }

    /// @throws CoveException UNAVAILABLE when a file is not there
    static ExportHeader of(Export export, Snapshots.Files files) {
        var sizes = new EnumMap<ExportPart, Long>(ExportPart.class);
        for (var part : parts(export)) {
            try {
                sizes.put(part, Files.size(part.in(files)));
            } catch (IOException e) {
                throw CoveException.unavailable(
                        "the " + part + " of " + export.name() + " is not there: " + e, e);
            }
        }
        return new ExportHeader(export, sizes);
    }

    private static List<ExportPart> parts(Export export) {
        if (export.moment().isEmpty()) {
            return List.of(ExportPart.DISK);
        }
        return export.moment().get().memory().isEmpty()
                ? List.of(ExportPart.DISK, ExportPart.STATE)
                : List.of(ExportPart.DISK, ExportPart.STATE, ExportPart.MEMORY);
    }

    /// The files that are in it, in order.
    List<ExportPart> parts() {
        return parts(export);
    }

    long size(ExportPart part) {
        return java.util.Objects.requireNonNull(sizes.get(part));
    }

    byte[] document() {
        var json = HeaderFields.MAPPER.createObjectNode();
        json.put("name", export.name().text());
        json.putObject("image")
                .put("name", export.image().name().text())
                .put("digest", export.image().digest().text());
        json.putObject("shape")
                .put("cpus", export.shape().cpus())
                .put("memory", export.shape().memory().count())
                .put("disk", export.shape().disk().count());
        export.vmm().ifPresent(vmm -> json.put("vmm", vmm));
        var keys = json.putArray("keys");
        export.keys().forEach(key -> keys.add(key.toString()));
        var labels = json.putObject("labels");
        export.labels().pairs().forEach(labels::put);
        export.sleepAfter().ifPresent(idle -> json.put("sleepAfter", idle.toString()));
        json.put("taken", export.taken().toString());
        export.moment().ifPresent(moment -> put(moment, json.putObject("moment")));
        var size = json.putObject("sizes");
        sizes.forEach((part, bytes) -> size.put(part.toString(), bytes));
        return HeaderFields.MAPPER.writeValueAsBytes(json);
    }

    private static void put(Moment moment, ObjectNode json) {
        json.put("vmm", moment.vmm())
                .put("fit", moment.fit())
                .put("flushed", moment.flushed())
                .put("standstill", moment.standstill().toString())
                .put("state", moment.state());
        moment.memory().ifPresent(memory -> json.put("memory", memory));
    }

    /// @throws CoveException INVALID with what is wrong with it
    static ExportHeader parse(byte[] document) {
        try {
            var json = HeaderFields.of(document);
            var export = export(json);
            var sizes = new EnumMap<ExportPart, Long>(ExportPart.class);
            for (var part : parts(export)) {
                sizes.put(part, json.object("sizes").size(part.toString(), LARGEST).count());
            }
            var memory = sizes.get(ExportPart.MEMORY);
            if (memory != null && memory != export.shape().memory().count()) {
                throw CoveException.invalid(
                        "its memory has %d bytes, and the VM %s"
                                .formatted(memory, export.shape().memory()));
            }
            return new ExportHeader(export, sizes);
        } catch (JacksonException e) {
            throw ExportReader.invalid("its header is no JSON");
        } catch (DateTimeException | ArithmeticException e) {
            throw ExportReader.invalid("its header has a time that is none");
        } catch (CoveException e) {
            throw ExportReader.invalid("its header is wrong: " + e.sentence());
        }
    }

    private static Export export(HeaderFields json) {
        var image = json.object("image");
        var shape = json.object("shape");
        return new Export(
                new Name(json.text("name", LONGEST_TEXT)),
                new ImageRef(
                        new Name(image.text("name", LONGEST_TEXT)),
                        new Digest(image.text("digest", LONGEST_TEXT))),
                new Shape(
                        (int) shape.number("cpus", 1, 64),
                        shape.size("memory", LARGEST),
                        shape.size("disk", LARGEST)),
                json.optionalText("vmm", LONGEST_TEXT).map(Name::new).map(Name::text),
                json.texts("keys", MOST_KEYS, LONGEST_TEXT * 4).stream()
                        .map(SshKey::parse)
                        .toList(),
                new Labels(new TreeMap<>(json.object("labels").texts(LONGEST_TEXT))),
                json.optionalDuration("sleepAfter"),
                json.optionalObject("moment").map(ExportHeader::moment),
                json.instant("taken"));
    }

    private static Moment moment(HeaderFields json) {
        return new Moment(
                new Name(json.text("vmm", LONGEST_TEXT)).text(),
                json.text("fit", LONGEST_TEXT),
                json.flag("flushed"),
                json.duration("standstill"),
                json.number("state", 0, 0xffffffffL),
                json.optionalNumber("memory", 0, 0xffffffffL));
    }
}
