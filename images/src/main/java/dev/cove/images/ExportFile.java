package dev.cove.images;

import dev.cove.core.Bytes;
import dev.cove.core.Export;
import dev.cove.core.port.Exports;
import dev.cove.core.port.Snapshots;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A VM in one file: what it is, its disk, and if it ran its machine's state and memory, compressed
/// piece by piece with zstd, with a SHA-256 over all of it. `docs/export-format.md` has each byte.
public final class ExportFile implements Exports {
    private final Supplier<Bytes> free;

    /// @param free what is free in the pool that drafts are in
    public ExportFile(Supplier<Bytes> free) {
        this.free = free;
    }

    @Override
    public void write(Export export, Snapshots.Files files, OutputStream to)
            throws IOException, InterruptedException {
        try (var writer = new ExportWriter(to)) {
            var header = ExportHeader.of(export, files);
            writer.header(header);
            for (var part : header.parts()) {
                writer.part(part, part.in(files));
            }
            writer.end();
        }
    }

    @Override
    public Export read(InputStream from, Snapshots.Draft into, Consumer<Export> accept)
            throws IOException, InterruptedException {
        try (var reader = new ExportReader(from, free)) {
            var header = reader.header();
            accept.accept(header.export());
            reader.parts(header, into.files());
            return header.export();
        }
    }
}
