package dev.cove.cli;

import dev.cove.client.CoveClient;
import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import dev.cove.tar.TarEntry;
import dev.cove.tar.TarReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// `cove cp`.
final class Copy implements Verb {
    /// What stands in front of an archive's first content: names of thousands of characters at
    /// most.
    private static final int MOST_HEADERS = 256 << 10;

    @Override
    public CommandSpec spec() {
        return Options.examples(
                Options.spec(
                                "Copy files and folders into a VM, or out of one.",
                                "VM:PATH is in a VM; its paths start with / or in root's home. A folder"
                                        + " goes with all that is in it; links stay links, and those that"
                                        + " a VM would have lead out of what is copied are left out."
                                        + " - is standard input or output: a file as it is, a folder as"
                                        + " a tar.")
                        .addPositional(
                                Options.arguments(
                                        0,
                                        "FROM",
                                        "2..*",
                                        "what to copy; and at the end where to: a folder, or the"
                                                + " new name")),
                "cove cp site web:/var/www",
                "cove cp web:/etc/hosts .",
                "cove cp a.txt b.txt web:/root/",
                "cove cp web:/var/log - > log.tar",
                "echo hello | cove cp - web:/etc/motd");
    }

    /// One end of a copy.
    private sealed interface End {
        record Here(Path path) implements End {}

        record Stream() implements End {}

        record There(String vm, String path) implements End {}
    }

    @Override
    public int run(ParseResult given, Surroundings here) throws IOException {
        var words = Options.arguments(given, 0);
        var to = end(words.getLast());
        var from = words.subList(0, words.size() - 1).stream().map(Copy::end).toList();
        var client = here.client();
        var exit = 0;
        for (var each : from) {
            exit = Math.max(exit, copy(each, to, from.size() > 1, client, here));
        }
        return exit;
    }

    private static End end(String word) {
        if (word.equals("-")) {
            return new End.Stream();
        }
        var colon = word.indexOf(':');
        if (colon < 1 || word.lastIndexOf('/', colon) >= 0) {
            return new End.Here(Path.of(word));
        }
        var path = word.substring(colon + 1);
        return new End.There(
                word.substring(0, colon), path.startsWith("/") ? path : "/root/" + path);
    }

    private static int copy(End from, End to, boolean several, CoveClient client, Surroundings here)
            throws IOException {
        if (from instanceof End.There source) {
            return switch (to) {
                case End.Here h -> download(source, h.path(), several, client, here);
                case End.Stream s -> print(source, client, here);
                case End.There t -> throw neither();
            };
        }
        if (!(to instanceof End.There target)) {
            throw neither();
        }
        return switch (from) {
            case End.Here h -> upload(h.path(), target, several, client);
            case End.Stream s -> uploadInput(target, client, here);
            case End.There t -> throw neither();
        };
    }

    private static CoveException neither() {
        return CoveException.invalid(
                "one side has to be in a VM and the other here, as in: cove cp web:/etc/hosts .");
    }

    private static int download(
            End.There from, Path to, boolean several, CoveClient client, Surroundings here)
            throws IOException {
        var intoFolder = Files.isDirectory(to);
        if (several && !intoFolder) {
            throw CoveException.invalid("several files need a folder to go to; " + to + " is none");
        }
        var parent = intoFolder ? to : to.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw CoveException.invalid("there is no folder " + parent + " to copy to");
        }
        var name = intoFolder ? lastName(from.path()) : to.getFileName().toString();
        List<String> skipped;
        try (var tar = client.download(from.vm(), from.path())) {
            skipped = new Unpacking(parent, name).unpack(new TarReader(tar));
        } catch (IOException e) {
            throw failed(from, e);
        }
        skipped.forEach(line -> here.stderr().println("cove: " + line));
        return skipped.isEmpty() ? 0 : 1;
    }

    private static int print(End.There from, CoveClient client, Surroundings here) {
        try (var tar = client.download(from.vm(), from.path())) {
            var buffered = new java.io.BufferedInputStream(tar, 64 << 10);
            buffered.mark(MOST_HEADERS);
            var reader = new TarReader(buffered);
            var first = reader.next().orElseThrow(() -> new IOException("the archive is empty"));
            if (first.kind() == TarEntry.Kind.FILE) {
                reader.content().transferTo(here.stdout());
            } else {
                buffered.reset();
                buffered.transferTo(here.stdout());
            }
            return 0;
        } catch (IOException e) {
            throw failed(from, e);
        }
    }

    private static int upload(Path from, End.There to, boolean several, CoveClient client) {
        if (!Files.exists(from, LinkOption.NOFOLLOW_LINKS)) {
            throw CoveException.notFound("there is no file " + from + " here");
        }
        var target = target(to, from.toAbsolutePath().normalize().getFileName(), several, client);
        client.upload(to.vm(), target.folder(), out -> Packing.write(from, target.name(), out));
        return 0;
    }

    /// A tar says how long a file is before it begins, so the input is kept until its end is known.
    private static int uploadInput(End.There to, CoveClient client, Surroundings here)
            throws IOException {
        var target = target(to, null, false, client);
        var kept = Files.createTempFile("cove-", null);
        try {
            try (var out = Files.newOutputStream(kept)) {
                here.stdin().transferTo(out);
            }
            client.upload(
                    to.vm(),
                    target.folder(),
                    out -> Packing.write(target.name(), kept, here.clock().instant(), out));
        } finally {
            Files.delete(kept);
        }
        return 0;
    }

    private record Target(String folder, String name) {}

    /// Where in the guest it goes: into a folder that is there, or under a new name.
    private static Target target(
            End.There to,
            @org.jspecify.annotations.Nullable Path name,
            boolean several,
            CoveClient client) {
        var path = to.path();
        if (path.endsWith("/") || several || isFolder(to, client)) {
            if (name == null) {
                throw CoveException.invalid(
                        "standard input has no name; say what it is to be called: cove cp - "
                                + to.vm()
                                + ":"
                                + path.replaceFirst("/?$", "/NAME"));
            }
            return new Target(path, name.toString());
        }
        var slash = path.lastIndexOf('/');
        return new Target(slash == 0 ? "/" : path.substring(0, slash), path.substring(slash + 1));
    }

    /// Looks at the first entry of what would be copied out of it as a folder. A link to a folder
    /// is one, too: else what is copied would take the link's place, and `/bin` is such a link.
    private static boolean isFolder(End.There there, CoveClient client) {
        try (var tar = client.download(there.vm(), there.path() + "/.")) {
            var first = new TarReader(tar).next();
            return first.isPresent() && first.get().kind() == TarEntry.Kind.FOLDER;
        } catch (CoveException | IOException e) {
            if (e instanceof CoveException c && c.kind() != CoveException.Kind.NOT_FOUND) {
                throw c;
            }
            return false;
        }
    }

    private static String lastName(String path) {
        var parts = new ArrayList<>(List.of(path.split("/+")));
        parts.removeIf(p -> p.isEmpty() || p.equals("."));
        if (parts.isEmpty() || parts.getLast().equals("..")) {
            throw CoveException.invalid(
                    "\"" + Printable.of(path, 80) + "\" has no name; copy it under a new one");
        }
        return parts.getLast();
    }

    private static CoveException failed(End.There from, IOException e) {
        return CoveException.unavailable(
                from.vm() + ":" + from.path() + " could not be copied: " + e.getMessage(), e);
    }
}
