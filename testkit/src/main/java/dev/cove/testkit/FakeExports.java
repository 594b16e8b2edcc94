package dev.cove.testkit;

import dev.cove.core.CoveException;
import dev.cove.core.Export;
import dev.cove.core.port.Exports;
import dev.cove.core.port.Snapshots;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Files that hold a ticket for what was exported, and what stands for its memory. A ticket is good
/// wherever this program runs.
public final class FakeExports implements Exports {
    private static final Map<Long, Export> KEPT = new ConcurrentHashMap<>();
    private static final AtomicLong LAST = new AtomicLong();
    private static final Pattern FORM = Pattern.compile("fake export (\\d+)\n(\\d*)\nend\n");

    private final World world;

    public FakeExports(World world) {
        this.world = world;
    }

    /// A file that holds this, whoever made it.
    public static String file(Export export, String mind) {
        var ticket = LAST.incrementAndGet();
        KEPT.put(ticket, export);
        return "fake export " + ticket + "\n" + mind + "\nend\n";
    }

    @Override
    public void write(Export export, Snapshots.Files files, OutputStream to) throws IOException {
        world.act("Exports.write", () -> {});
        var mind = world.mindIn(files.state()).map(String::valueOf).orElse("");
        var text = file(export, export.moment().isPresent() ? mind : "");
        for (var line : List.of(text.split("(?<=\n)"))) {
            to.write(line.getBytes(StandardCharsets.UTF_8));
        }
        world.act("Exports.written", () -> {});
    }

    @Override
    public Export read(InputStream from, Snapshots.Draft into, Consumer<Export> accept)
            throws IOException {
        world.act("Exports.read", () -> {});
        var head = new StringBuilder();
        for (var b = from.read(); b >= 0 && b != '\n'; b = from.read()) {
            head.append((char) b);
        }
        var ticket = head.toString().replace("fake export ", "");
        var export = ticket.matches("\\d{1,9}") ? KEPT.get(Long.parseLong(ticket)) : null;
        if (export == null) {
            throw CoveException.invalid("this file cannot be imported: it is no VM");
        }
        accept.accept(export);
        var rest = new String(from.readAllBytes(), StandardCharsets.UTF_8);
        var whole = FORM.matcher(head + "\n" + rest);
        if (!whole.matches()) {
            throw CoveException.invalid("this file cannot be imported: it is cut short");
        }
        if (!whole.group(2).isEmpty()) {
            world.write(into.files().state(), Long.parseLong(whole.group(2)));
        }
        return export;
    }
}
