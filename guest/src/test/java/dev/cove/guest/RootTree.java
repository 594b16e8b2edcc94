package dev.cove.guest;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.platform.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A small root file system: BusyBox as its init, and the SSH servers of this host.
record RootTree(Path path) {
    private static final List<String> PROGRAMS =
            List.of("/usr/sbin/sshd", "/usr/sbin/dropbear", "/usr/sbin/resize2fs");

    private static final Pattern WORD = Pattern.compile("\\s+");

    private static final String INITTAB =
            """
            ::sysinit:/etc/boot
            ::respawn:/usr/sbin/sshd -D -e
            ::respawn:/usr/sbin/dropbear -F -E -s -p 2222 -r /etc/dropbear/dropbear_ed25519_host_key
            """;
    private static final String BOOT =
            """
            #!/bin/sh
            mkdir -p /dev/pts /run/sshd
            mount -t devpts devpts /dev/pts
            """;
    private static final String SSHD =
            """
            HostKey /etc/ssh/ssh_host_ed25519_key
            UsePAM no
            """;

    /// @param busybox a static one
    static RootTree in(Path folder, Path busybox) throws IOException, InterruptedException {
        var tree = new RootTree(folder);
        for (var name :
                List.of("bin", "dev", "etc/ssh", "etc/dropbear", "proc", "root/.ssh", "run")) {
            Files.createDirectories(folder.resolve(name));
        }
        for (var name : List.of("sys", "tmp", "usr/sbin", "var/log", "var/empty")) {
            Files.createDirectories(folder.resolve(name));
        }
        Files.createSymbolicLink(folder.resolve("sbin"), Path.of("usr/sbin"));
        Files.createSymbolicLink(folder.resolve("var/run"), Path.of("../run"));
        Files.copy(busybox, folder.resolve("bin/busybox"));
        for (var applet : applets(busybox)) {
            var link = folder.resolve("bin").resolve(applet);
            if (!Files.exists(link)) {
                Files.createSymbolicLink(link, Path.of("busybox"));
            }
        }
        Files.createSymbolicLink(folder.resolve("usr/sbin/init"), Path.of("../../bin/busybox"));
        tree.write(
                "etc/passwd", "root:*:0:0::/root:/bin/sh\nsshd:*:100:100::/run/sshd:/bin/false\n");
        tree.write("etc/group", "root:x:0:\nsshd:x:100:\n");
        tree.write("etc/inittab", INITTAB);
        tree.write("etc/ssh/sshd_config", SSHD);
        tree.write("etc/boot", BOOT);
        Files.setPosixFilePermissions(
                folder.resolve("etc/boot"), PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(
                folder.resolve("root/.ssh"), PosixFilePermissions.fromString("rwx------"));
        for (var program : PROGRAMS) {
            tree.copyProgram(program);
        }
        return tree;
    }

    private static List<String> applets(Path busybox) throws InterruptedException {
        return Command.of(busybox.toString(), "--list").run().orThrow().lines().toList();
    }

    void write(String file, String content) throws IOException {
        Files.writeString(path.resolve(file), content);
    }

    private void copyProgram(String program) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of(program)), "needs " + program);
        copy(program);
        for (var word : WORD.split(Command.of("ldd", program).run().orThrow(), -1)) {
            if (word.startsWith("/")) {
                copy(word);
            }
        }
    }

    private void copy(String file) throws IOException {
        var to = path.resolve(file.substring(1));
        if (!Files.exists(to)) {
            Files.createDirectories(to.getParent());
            Files.copy(Path.of(file).toRealPath(), to);
        }
    }

    /// An ext4 of it.
    Path disk(Path file) throws InterruptedException {
        var words = List.of("mke2fs", "-q", "-t", "ext4", "-b", "4096", "-d", path.toString());
        var line = new ArrayList<>(words);
        line.addAll(List.of(file.toString(), "64M"));
        Command.of(line).run().orThrow();
        return file;
    }
}
