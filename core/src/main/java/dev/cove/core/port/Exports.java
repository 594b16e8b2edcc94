package dev.cove.core.port;

import dev.cove.core.Export;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.function.Consumer;

/// VMs as one file each, to carry them to another host or to keep them.
public interface Exports {
    /// Writes a VM at rest. The stream is not closed.
    ///
    /// @param files of a snapshot; state and memory are read as the export's moment says
    /// @throws IOException when the stream does not take it
    /// @throws dev.cove.core.CoveException UNAVAILABLE when a file cannot be read
    /// @throws InterruptedException when it is no longer of interest
    void write(Export export, Snapshots.Files files, OutputStream to)
            throws IOException, InterruptedException;

    /// Reads one, to the last byte of the stream, which is not closed. The file may be hostile: it
    /// makes nothing but the draft's files, and these no larger than there is room for. What is in
    /// them is as hostile as it was: a disk is for a guest alone, a state for a sandboxed VMM.
    ///
    /// @param into gets the files; of no use when this throws, and the caller's to close
    /// @param accept is told what the file says before its content is read, and may throw. Whether
    ///   somebody has changed it is only known at the end
    /// @throws IOException when the stream breaks
    /// @throws dev.cove.core.CoveException INVALID with the reason when it is no such file, or not
    ///   what was written; UNAVAILABLE when there is no room
    /// @throws InterruptedException when it is no longer of interest
    Export read(InputStream from, Snapshots.Draft into, Consumer<Export> accept)
            throws IOException, InterruptedException;
}
