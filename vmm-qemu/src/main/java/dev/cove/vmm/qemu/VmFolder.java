package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import dev.cove.platform.Trees;
import dev.cove.platform.UnixSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/// The folder of one machine and the names in it.
///
/// It belongs to the daemon, with the VMM's user as its group and mode 1770: QEMU may make its
/// sockets there, nobody else may enter, and for the sticky bit QEMU can neither remove nor replace
/// what the daemon has put there. A VMM that a guest has taken over is not to lead the daemon, by a
/// link, to other files.
record VmFolder(Path path) {
    /// What a socket's address holds, its end included (unix(7)).
    private static final int LONGEST_SOCKET = 107;

    private static final int STICKY_GROUP = 01770;
    private static final int GROUP_WRITES = 0660;
    private static final int OURS = 0600;
    private static final int MOST_WORDS = 8 << 10;

    VmFolder {
        path = path.toAbsolutePath().normalize();
        var longest = path.resolve("console.sock").toString();
        if (longest.getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET) {
            throw CoveException.invalid(
                    longest
                            + " is too long for a socket (at most "
                            + LONGEST_SOCKET
                            + " bytes); choose a data folder with a shorter path");
        }
    }

    Path monitorSocket() {
        return path.resolve("qmp.sock");
    }

    Path consoleSocket() {
        return path.resolve("console.sock");
    }

    Path guestSocket() {
        return path.resolve("guest.sock");
    }

    /// Through which a machine's state comes and goes.
    Path stateSocket() {
        return path.resolve("state.sock");
    }

    Path consoleLog() {
        return path.resolve("console.log");
    }

    /// QEMU's own words.
    Path qemuLog() {
        return path.resolve("qemu.log");
    }

    Path record() {
        return path.resolve("process.json");
    }

    /// Makes it ready for a process of that user: what an earlier one left is gone, its console's
    /// log stays, and goes on with that line.
    void prepare(String heading, int user) {
        try {
            removeSockets();
            shut(path, user, STICKY_GROUP);
            if (!Files.isRegularFile(consoleLog(), LinkOption.NOFOLLOW_LINKS)) {
                create(consoleLog());
            }
            shut(consoleLog(), user, GROUP_WRITES);
            Files.writeString(
                    consoleLog(),
                    heading + "\n",
                    StandardOpenOption.APPEND,
                    LinkOption.NOFOLLOW_LINKS);
            create(qemuLog());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot prepare " + path, e);
        }
    }

    /// Listens on the socket for the machine's state.
    ///
    /// @param user whose process may connect
    ServerSocketChannel listen(int user) throws IOException {
        Files.deleteIfExists(stateSocket());
        var server = UnixSocket.listen(stateSocket());
        try {
            shut(stateSocket(), user, GROUP_WRITES);
            return server;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /// Removes what is called like a socket, once the process has gone: a VMM that a guest has
    /// taken over can have left folders by these names.
    void removeSockets() throws IOException {
        for (var socket : List.of(monitorSocket(), consoleSocket(), guestSocket(), stateSocket())) {
            Trees.delete(socket);
        }
    }

    /// The last of QEMU's own words, in one line; empty when it said nothing.
    String lastWords() {
        try (var log =
                FileChannel.open(qemuLog(), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            // What QEMU writes there is bounded by the size of its disk only.
            var end = ByteBuffer.allocate(MOST_WORDS);
            log.position(Math.max(0, log.size() - MOST_WORDS));
            while (end.hasRemaining() && log.read(end) >= 0) {
                // A read may be short.
            }
            var lines = StandardCharsets.ISO_8859_1.decode(end.flip()).toString().lines().toList();
            var last = lines.subList(Math.max(0, lines.size() - 5), lines.size());
            return String.join("; ", last).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private static void create(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    private static void shut(Path file, int group, int mode) throws IOException {
        if (Users.isRoot()) {
            Files.setAttribute(file, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(file, "unix:mode", mode);
        } else if (Files.isDirectory(file)) {
            Files.setAttribute(file, "unix:mode", 0700);
        } else {
            Files.setAttribute(file, "unix:mode", OURS);
        }
    }
}
