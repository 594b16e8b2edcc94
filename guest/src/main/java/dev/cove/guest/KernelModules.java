package dev.cove.guest;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The loadable modules of one kernel package, and which of them another one needs first. The
/// package has no `modules.dep`, since that is made when it is installed; the modules themselves
/// say it (`depends=` in their section `.modinfo`).
final class KernelModules {
    private static final String SUFFIX = ".ko";

    private final Map<String, Path> files;
    private final Set<String> builtin;

    private KernelModules(Map<String, Path> files, Set<String> builtin) {
        this.files = files;
        this.builtin = builtin;
    }

    /// @param folder `lib/modules/<release>` of an unpacked package
    static KernelModules in(Path folder) throws IOException {
        var files = new HashMap<String, Path>();
        try (var found = Files.walk(folder)) {
            found.filter(f -> name(f).isPresent())
                    .forEach(f -> files.put(name(f).orElseThrow(), f));
        }
        var builtin = new LinkedHashSet<String>();
        for (var line : Files.readAllLines(folder.resolve("modules.builtin"))) {
            name(Path.of(line)).ifPresent(builtin::add);
        }
        return new KernelModules(files, builtin);
    }

    /// The files to load, in this order, so that these modules work; nothing for those that the
    /// kernel has built in.
    ///
    /// @param unpack makes a plain `.ko` of whatever form the file has
    List<Path> order(List<String> wanted, Unpacker unpack)
            throws IOException, InterruptedException {
        var order = new ArrayList<Path>();
        for (var module : wanted) {
            add(module, order, new LinkedHashSet<>(), unpack);
        }
        return order;
    }

    private void add(String module, List<Path> order, Set<String> above, Unpacker unpack)
            throws IOException, InterruptedException {
        if (builtin.contains(module) || !above.add(module)) {
            return;
        }
        var packed = files.get(module);
        if (packed == null) {
            throw CoveException.unavailable(
                    "the kernel package has no module \""
                            + module
                            + "\", neither built in nor to load; use Debian's"
                            + " linux-image-cloud-amd64");
        }
        var file = unpack.plain(packed);
        files.put(module, file);
        for (var needed : depends(Files.readAllBytes(file))) {
            add(needed, order, above, unpack);
        }
        if (!order.contains(file)) {
            order.add(file);
        }
    }

    /// What a module says it needs: `depends=virtio,virtio_ring`, ended by a zero.
    static List<String> depends(byte[] module) {
        var text = new String(module, StandardCharsets.ISO_8859_1);
        var at = text.indexOf("\0depends=");
        if (at < 0) {
            return List.of();
        }
        var from = at + "\0depends=".length();
        var list = text.substring(from, text.indexOf('\0', from));
        return list.isEmpty() ? List.of() : List.of(list.replace('-', '_').split(","));
    }

    private static Optional<String> name(Path file) {
        var text = file.getFileName().toString();
        var end = text.indexOf(SUFFIX);
        return end < 0 ? Optional.empty() : Optional.of(text.substring(0, end).replace('-', '_'));
    }

    /// Makes a plain `.ko` of a packed one.
    interface Unpacker {
        Path plain(Path packed) throws IOException, InterruptedException;
    }
}
