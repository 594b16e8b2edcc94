package dev.cove.it;

import dev.cove.client.CoveClient;
import dev.cove.platform.Command;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// This build of Cove, laid out in a folder as another machine is to have it: `/opt/cove`, a Java
/// runtime in `/opt/java`, `/usr/bin/cove` and the systemd unit.
record Installation(Path folder) {
    private static final Duration LINKS = Duration.ofMinutes(3);

    /// What the jars use of the JDK, as `jdeps` tells.
    private static final String MODULES =
            "java.base,java.desktop,java.instrument,java.management,java.naming,java.rmi,"
                    + "java.security.jgss,java.sql,jdk.net,jdk.security.auth,jdk.unsupported";

    /// @param folder an empty one
    static Installation in(Path folder) throws IOException, InterruptedException {
        var installation = new Installation(folder);
        installation.layOut();
        return installation;
    }

    private void layOut() throws IOException, InterruptedException {
        var opt = Files.createDirectories(folder.resolve("opt"));
        TestCache.copy(runtime(), opt.resolve("java"));
        var cove = Files.createDirectory(opt.resolve("cove"));
        copy("cove", cove);
        copy("tools/java-home", cove.resolve("tools"));
        for (var module : List.of("cli", "daemon")) {
            var target = cove.resolve(module).resolve("target");
            copy(module + "/target/cove-" + module + ".jar", target);
            copy(module + "/target/lib", target);
        }
        Files.writeString(cove.resolve("cli/target/java"), "/opt/java/bin/java\n");
        // An emulated machine would prepare a faster start for longer than it lives.
        Files.createFile(cove.resolve("cli/target/cove.aot"));
        var bin = Files.createDirectories(folder.resolve("usr/bin"));
        Files.createSymbolicLink(bin.resolve("cove"), Path.of("/opt/cove/cove"));
        copy("packaging/cove.service", folder.resolve("etc/systemd/system"));
    }

    private static void copy(String file, Path into) throws IOException, InterruptedException {
        Files.createDirectories(into);
        TestCache.copy(Checkout.file(file), into);
    }

    /// This JDK without what Cove does not use, and set to start quickly where all is slow.
    private static Path runtime() throws IOException, InterruptedException {
        var jdk = Path.of(System.getProperty("java.home"));
        return TestCache.get("runtime", List.of(jdk.resolve("release")), to -> link(jdk, to))
                .resolve("java");
    }

    private static void link(Path jdk, Path to) throws IOException, InterruptedException {
        var line = new ArrayList<>(List.of(jdk + "/bin/jlink", "--add-modules", MODULES));
        line.addAll(List.of("--strip-debug", "--no-header-files", "--no-man-pages"));
        line.addAll(List.of("--generate-cds-archive", "--add-options", "-XX:TieredStopAtLevel=1"));
        line.addAll(List.of("--output", to.resolve("java").toString()));
        Command.of(line).within(LINKS).run().orThrow();
        // Of two archives of classes the one for heaps of more than 32G is not wanted.
        Files.deleteIfExists(to.resolve("java/lib/server/classes_nocoops.jsa"));
    }

    /// Unpacks it in a VM, over whatever is there.
    void ship(CoveClient client, String vm) {
        ship(client, vm, folder, "/", "opt", "usr", "etc");
    }

    /// Unpacks files of this machine in a VM as they are, their times to the nanosecond.
    static void ship(CoveClient client, String vm, Path from, String to, String... names) {
        client.upload(vm, to, out -> pack(from, names, out));
    }

    private static void pack(Path from, String[] names, OutputStream out) throws IOException {
        var line = new ArrayList<>(List.of("tar", "-C", from.toString(), "--format=posix", "-cS"));
        line.addAll(List.of(names));
        var tar = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (var content = tar.getInputStream()) {
            content.transferTo(out);
        }
        if (tar.onExit().join().exitValue() != 0) {
            throw new IOException(line + " failed");
        }
    }
}
