package dev.cove.cli;

import dev.cove.core.CoveException;
import dev.cove.core.HostKey;
import dev.cove.core.SshKey;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The user's SSH keys: those in `~/.ssh`, and one of Cove's own in `~/.config/cove`, whose public
/// half goes into every VM that the user creates, so that `cove ssh` needs nothing else.
final class Keys {
    private static final List<String> USUAL = List.of("id_ed25519", "id_ecdsa", "id_rsa");
    private static final int LARGEST = 16 << 10;

    private final Surroundings here;

    Keys(Surroundings here) {
        this.here = here;
    }

    /// The public keys for a new VM: those in the files, else the user's usual ones; and Cove's
    /// own.
    List<String> forCreation(List<Path> files) {
        var keys = new ArrayList<String>();
        for (var file : files) {
            keys.add(read(file).toString());
        }
        if (files.isEmpty()) {
            usual(".pub").forEach(file -> keys.add(read(file).toString()));
        }
        own();
        keys.add(read(publicHalf(ownFile())).toString());
        return keys.stream().distinct().toList();
    }

    /// Says of a new VM that plain ssh does not get into it, if that is so.
    ///
    /// @param files as they were given for its creation
    void warn(List<Path> files) {
        if (files.isEmpty() && usual(".pub").isEmpty()) {
            here.stderr()
                    .println(
                            "there is no public key in ~/.ssh, so plain ssh will not get in; cove"
                                    + " ssh will");
        }
    }

    /// The private keys that ssh is to offer: Cove's own, then the user's usual ones.
    List<Path> toOffer() {
        own();
        var files = new ArrayList<Path>();
        files.add(ownFile());
        files.addAll(usual(""));
        return files;
    }

    private List<Path> usual(String ending) {
        return USUAL.stream()
                .map(name -> here.home().resolve(".ssh").resolve(name + ending))
                .filter(Files::isReadable)
                .toList();
    }

    private Path ownFile() {
        return here.configFolder().resolve("id_ed25519");
    }

    private static Path publicHalf(Path file) {
        return file.resolveSibling(file.getFileName() + ".pub");
    }

    /// Makes Cove's own key unless it is there. The public half comes first: a private one without
    /// it would never be used again.
    private void own() {
        var file = ownFile();
        if (Files.exists(file) && Files.exists(publicHalf(file))) {
            return;
        }
        var key = HostKey.random(new SecureRandom());
        try {
            privateFolder(here.configFolder());
            Files.deleteIfExists(file);
            Files.writeString(publicHalf(file), key.publicKey() + "\n");
            writePrivately(file, key.openSsh());
        } catch (IOException e) {
            throw CoveException.unavailable(
                    "no key could be made in " + here.configFolder() + ": " + e, e);
        }
    }

    /// A folder that nobody else may read.
    static void privateFolder(Path folder) throws IOException {
        Files.createDirectories(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /// Makes a file that nobody else may read; not even for the moment in which it is written.
    static void writePrivately(Path file, String text) throws IOException {
        var mode = PosixFilePermissions.fromString("rw-------");
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (var channel =
                Files.newByteChannel(file, options, PosixFilePermissions.asFileAttribute(mode))) {
            channel.write(java.nio.charset.StandardCharsets.UTF_8.encode(text));
        } catch (FileAlreadyExistsException e) {
            throw new IOException(file + " was made by somebody else meanwhile; try again", e);
        }
    }

    private static SshKey read(Path file) {
        try {
            if (Files.size(file) > LARGEST) {
                throw CoveException.invalid("the public key " + file + " is too large to be one");
            }
            return SshKey.parse(Files.readString(file).strip());
        } catch (CoveException e) {
            throw CoveException.invalid("the key in " + file + " cannot be used: " + e.sentence());
        } catch (IOException e) {
            throw CoveException.invalid(
                    "the public key "
                            + file
                            + " cannot be read; give a file as in --ssh-key"
                            + " ~/.ssh/id_ed25519.pub");
        }
    }
}
